//! Tests the code blocks of the README and the book. A new page needs an entry here.

macro_rules! pages {
    ($($name:ident $page:literal,)*) => {
        $(
            #[doc = include_str!(concat!("../../", $page))]
            struct $name;
        )*
    };
}

pages! {
    Readme "README.md",
    Kinds "docs/kinds/README.md",
    Lifecycle "docs/lifecycle.md",
    Kubernetes "docs/kubernetes.md",
    Testing "docs/testing.md",
    Deployment "docs/deployment.md",
}
