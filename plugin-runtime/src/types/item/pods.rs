//! The pod specification of an item: its place, its containers and their images.

use std::convert::Infallible;

use serde_json::Value;

use super::Item;

/// Group, kind and place. Clusters before Kubernetes 1.16 also have the workloads in `extensions`, and
/// OpenShift before 4 has `DeploymentConfig` in the core group.
const PLACES: &[(&[&str], &str, &str)] = &[
    (&[""], "Pod", "/spec"),
    (&[""], "PodTemplate", "/template/spec"),
    (&[""], "ReplicationController", "/spec/template/spec"),
    (&["apps", "extensions"], "DaemonSet", "/spec/template/spec"),
    (&["apps", "extensions"], "Deployment", "/spec/template/spec"),
    (&["apps", "extensions"], "ReplicaSet", "/spec/template/spec"),
    (&["apps"], "StatefulSet", "/spec/template/spec"),
    (&["batch"], "Job", "/spec/template/spec"),
    (&["batch"], "CronJob", "/spec/jobTemplate/spec/template/spec"),
    (&["apps.openshift.io", ""], "DeploymentConfig", "/spec/template/spec"),
];

/// The container lists of a pod specification, in start order.
const CONTAINERS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

impl Item {
    /// Returns the JSON pointer of the pod specification: `/spec` for a Pod, `/spec/template/spec` for a
    /// Deployment. `None` for kinds without one.
    ///
    /// Supported kinds are Pod, PodTemplate, ReplicationController, Deployment, StatefulSet, DaemonSet,
    /// ReplicaSet, Job, CronJob and OpenShift's DeploymentConfig. Custom resources with the same kind name in
    /// another group are not supported.
    ///
    /// ```
    /// # use plugwright::Item;
    /// let item = Item::from_json(r#"{"apiVersion": "batch/v1", "kind": "CronJob"}"#)?;
    /// assert_eq!(item.pod_spec_pointer(), Some("/spec/jobTemplate/spec/template/spec"));
    /// # Ok::<(), plugwright::Error>(())
    /// ```
    pub fn pod_spec_pointer(&self) -> Option<&'static str> {
        let (group, kind) = (self.group(), self.kind());
        let place = PLACES.iter().find(|(groups, of_kind, _)| *of_kind == kind && groups.contains(&group))?;
        Some(place.2)
    }

    /// Returns the pod specification of a pod or workload; see [`pod_spec_pointer`](Self::pod_spec_pointer)
    /// for the kinds.
    ///
    /// ```
    /// # use plugwright::Item;
    /// let json = r#"{"apiVersion": "apps/v1", "kind": "Deployment",
    ///     "spec": {"template": {"spec": {"serviceAccountName": "shop"}}}}"#;
    /// let item = Item::from_json(json)?;
    /// assert_eq!(item.pod_spec().unwrap()["serviceAccountName"], "shop");
    /// # Ok::<(), plugwright::Error>(())
    /// ```
    pub fn pod_spec(&self) -> Option<&Value> {
        self.get(self.pod_spec_pointer()?)
    }

    /// Like [`pod_spec`](Self::pod_spec), but mutable. The item counts as changed after this call.
    ///
    /// ```
    /// # use plugwright::Item;
    /// let mut item = Item::from_json(r#"{"apiVersion": "v1", "kind": "Pod", "spec": {"nodeName": "a"}}"#)?;
    /// if let Some(spec) = item.pod_spec_mut() {
    ///     spec["dnsPolicy"] = "Default".into();
    /// }
    /// assert_eq!(item.get_str("/spec/dnsPolicy"), Some("Default"));
    /// # Ok::<(), plugwright::Error>(())
    /// ```
    pub fn pod_spec_mut(&mut self) -> Option<&mut Value> {
        let pointer = self.pod_spec_pointer()?;
        self.get(pointer)?;
        let Ok(()) = self.change(|_| Ok::<(), Infallible>(()));
        self.tree.get_mut()?.pointer_mut(pointer)
    }

    /// Iterates over all containers of the pod specification: init containers, containers, ephemeral
    /// containers.
    ///
    /// ```
    /// # use plugwright::Item;
    /// let json = r#"{"apiVersion": "v1", "kind": "Pod", "spec": {
    ///     "containers": [{"name": "web"}, {"name": "proxy"}], "initContainers": [{"name": "schema"}]}}"#;
    /// let item = Item::from_json(json)?;
    /// let names: Vec<_> = item.containers().filter_map(|container| container["name"].as_str()).collect();
    /// assert_eq!(names, ["schema", "web", "proxy"]);
    /// # Ok::<(), plugwright::Error>(())
    /// ```
    pub fn containers(&self) -> impl Iterator<Item = &Value> {
        let spec = self.pod_spec();
        let lists = CONTAINERS.iter().filter_map(move |list| spec?.get(list)?.as_array());
        lists.flatten()
    }

    /// Passes each container to `edit`, in the order of [`containers`](Self::containers), and returns how
    /// many it changed.
    ///
    /// ```
    /// # use plugwright::Item;
    /// # let json = r#"{"apiVersion": "v1", "kind": "Pod", "spec": {
    /// #     "containers": [{"name": "web"}], "initContainers": [{"name": "schema"}]}}"#;
    /// # let mut item = Item::from_json(json)?;
    /// assert_eq!(item.edit_containers(|container| container["imagePullPolicy"] = "Always".into()), 2);
    /// # Ok::<(), plugwright::Error>(())
    /// ```
    pub fn edit_containers(&mut self, mut edit: impl FnMut(&mut Value)) -> usize {
        let Some(spec) = self.pod_spec_pointer() else { return 0 };
        CONTAINERS.iter().map(|list| self.edit_each(&format!("{spec}/{list}/*"), &mut edit)).sum()
    }

    /// Replaces the image of each container, including init and ephemeral containers, for which `replace`
    /// returns another one. Returns how many were replaced.
    ///
    /// ```
    /// # use plugwright::Item;
    /// # let json = r#"{"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"image": "old.example/web:1"}]}}"#;
    /// # let mut item = Item::from_json(json)?;
    /// let moved = item.edit_images(|image| {
    ///     let rest = image.strip_prefix("old.example/")?;
    ///     Some(format!("new.example/{rest}"))
    /// });
    /// assert_eq!((moved, item.get_str("/spec/containers/0/image")), (1, Some("new.example/web:1")));
    /// # Ok::<(), plugwright::Error>(())
    /// ```
    pub fn edit_images(&mut self, mut replace: impl FnMut(&str) -> Option<String>) -> usize {
        self.edit_containers(|container| {
            let Some(Value::String(image)) = container.get_mut("image") else { return };
            if let Some(other) = replace(image) {
                *image = other;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn item(api_version: &str, kind: &str) -> Item {
        let spec = json!({"initContainers": [{"image": "i"}], "containers": [{"image": "c"}, {"name": "none"}, 5],
            "ephemeralContainers": [{"image": "e"}]});
        let job = json!({"template": {"spec": spec}, "jobTemplate": {"spec": {"template": {"spec": spec}}}});
        let (spec, template) = if kind == "Pod" { (spec, json!({})) } else { (job, json!({"spec": spec})) };
        let object = json!({"apiVersion": api_version, "kind": kind, "spec": spec, "template": template});
        Item::from_value(object).unwrap()
    }

    #[test]
    fn finds_the_pod_spec_of_every_kind() {
        for (api_version, kind, pointer) in [
            ("v1", "Pod", "/spec"),
            ("v1", "PodTemplate", "/template/spec"),
            ("v1", "ReplicationController", "/spec/template/spec"),
            ("apps/v1", "Deployment", "/spec/template/spec"),
            ("extensions/v1beta1", "Deployment", "/spec/template/spec"),
            ("apps/v1", "StatefulSet", "/spec/template/spec"),
            ("apps/v1", "DaemonSet", "/spec/template/spec"),
            ("apps/v1", "ReplicaSet", "/spec/template/spec"),
            ("batch/v1", "Job", "/spec/template/spec"),
            ("batch/v1beta1", "CronJob", "/spec/jobTemplate/spec/template/spec"),
            ("apps.openshift.io/v1", "DeploymentConfig", "/spec/template/spec"),
            ("v1", "DeploymentConfig", "/spec/template/spec"),
        ] {
            let mut item = item(api_version, kind);
            assert_eq!(item.pod_spec_pointer(), Some(pointer), "{kind}");
            assert_eq!(item.pod_spec(), item.get(pointer), "{kind}");
            assert_eq!(item.containers().count(), 5, "{kind}");
            assert_eq!(item.edit_images(|image| Some(format!("new/{image}"))), 3, "{kind}");
            for (list, image) in
                [("initContainers", "new/i"), ("containers", "new/c"), ("ephemeralContainers", "new/e")]
            {
                assert_eq!(item.get_str(&format!("{pointer}/{list}/0/image")), Some(image), "{kind}");
            }
        }
    }

    #[test]
    fn other_kinds_have_no_pod_spec() {
        for (api_version, kind) in
            [("v1", "Service"), ("example.io/v1", "Deployment"), ("apps/v1", "Pod"), ("batch/v1", "pod")]
        {
            let mut item = item(api_version, kind);
            assert!(item.pod_spec().is_none() && item.pod_spec_mut().is_none(), "{kind}");
            assert_eq!(item.containers().count() + item.edit_images(|_| Some("x".into())), 0, "{kind}");
            assert!(!item.is_changed());
        }
    }

    #[test]
    fn same_image_is_not_a_change() {
        let mut pod = item("v1", "Pod");
        assert_eq!(pod.edit_images(|image| Some(image.to_owned())) + pod.edit_images(|_| None), 0);
        assert!(!pod.is_changed());
    }

    #[test]
    fn pod_spec_mut_of_an_item_without_one_changes_nothing() {
        let mut empty = Item::from_json(r#"{"apiVersion":"v1","kind":"Pod"}"#).unwrap();
        assert!(empty.pod_spec_mut().is_none());
        assert!(!empty.is_changed());
        let mut pod = Item::from_json(r#"{"apiVersion":"v1","kind":"Pod","spec":{"a":1}}"#).unwrap();
        pod.pod_spec_mut().unwrap()["a"] = json!(2);
        assert!(pod.is_changed());
        assert_eq!(pod.to_json(), r#"{"apiVersion":"v1","kind":"Pod","spec":{"a":2}}"#);
    }
}
