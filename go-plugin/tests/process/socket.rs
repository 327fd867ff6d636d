//! The permissions of a plugin's socket.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Stdio;

use tokio::process::Command;

use crate::plugin::{CONNECT_TO, Folder, Plugin, after, is_gone};
use crate::{Result, Test, skipped, tests};

pub(crate) fn all() -> Vec<Test> {
    tests![
        permissions_under_any_umask,
        group_may_connect_under_any_umask,
        another_user_cannot_connect,
        sigterm_removes_the_socket,
    ]
}

/// A user and group that own nothing.
const NOBODY: &str = "54321";

fn mode(plugin: &Plugin) -> Result<u32> {
    Ok(std::fs::metadata(&plugin.socket)?.permissions().mode() & 0o777)
}

/// A Go plugin has 0777, 0755 and 0700: the umask decides who may connect (go-plugin `server.go`,
/// `serverListener_unix`).
async fn permissions_under_any_umask() -> Result {
    for (umask, expected) in [("000", 0o755), ("002", 0o755), ("022", 0o755), ("077", 0o700), ("027", 0o750)]
    {
        let plugin = Plugin::of(after(&format!("umask {umask}"))?.start().await?)?;
        let found = mode(&plugin)?;
        if found != expected {
            return Err(format!("umask {umask}: expected {expected:o}, found {found:o}").into());
        }
        plugin.ends().await?;
    }
    Ok(())
}

async fn group_may_connect_under_any_umask() -> Result {
    let folder = Folder::new("group")?;
    let group = std::fs::metadata(&folder.0)?.gid().to_string();
    for umask in ["000", "022", "077"] {
        let builder = after(&format!("umask {umask}"))?.env("PLUGIN_UNIX_SOCKET_GROUP", &group);
        let plugin = Plugin::of(builder.env("PLUGIN_UNIX_SOCKET_DIR", &folder.0).start().await?)?;
        let found = mode(&plugin)?;
        if found != 0o660 || !plugin.socket.starts_with(&folder.0) {
            return Err(format!("umask {umask}: expected 660, found {found:o}").into());
        }
        plugin.ends().await?;
    }
    Ok(())
}

async fn another_user_cannot_connect() -> Result {
    let folder = Folder::new("others")?;
    // Another user can execute it there.
    let program = folder.0.join("program");
    std::fs::copy(std::env::current_exe()?, &program)?;
    std::fs::set_permissions(&folder.0, std::fs::Permissions::from_mode(0o1777))?;
    let connect = async |user: &str, plugin: &Plugin| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", user, "--regid", user, "--clear-groups"]).arg(&program);
        command.env(CONNECT_TO, &plugin.socket).stderr(Stdio::null()).kill_on_drop(true);
        let output = command.output().await?;
        Result::Ok((output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned()))
    };
    let builder = after("umask 000")?.env("PLUGIN_UNIX_SOCKET_DIR", &folder.0);
    let plugin = Plugin::of(builder.start().await?)?;
    if std::fs::metadata(&plugin.socket)?.uid() != 0 {
        skipped("only root can become another user");
        return Ok(());
    }
    let (own, _) = connect("0", &plugin).await?;
    let (connected, error) = connect(NOBODY, &plugin).await?;
    if !own || connected || !error.contains("Permission denied") {
        return Err(format!("own user: {own}, another: {connected}, `{error}`").into());
    }
    plugin.ends().await
}

async fn sigterm_removes_the_socket() -> Result {
    let plugin = Plugin::start().await?;
    let id = plugin.client.id().ok_or("the plugin has ended")?.to_string();
    Command::new("kill").args(["-TERM", &id]).status().await?;
    let status = plugin.client.exit_within(std::time::Duration::from_secs(10)).await;
    if !status.ok_or("the plugin is still running")?.success() {
        return Err(format!("the plugin ended with {status:?}").into());
    }
    is_gone(&plugin.socket)
}
