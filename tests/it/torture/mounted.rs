//! A file system of its own under the folder of a project.

use std::process::Command;

use crate::project::TestProject;

/// Goes away with its value.
pub struct Mounted<'p>(&'p TestProject);

impl<'p> Mounted<'p> {
    /// Mounts one, as the arguments tell; the words of `mount` where this user may not.
    pub fn over(project: &'p TestProject, args: &[&str]) -> Result<Self, String> {
        let mut mount = Command::new("mount");
        let mounted = mount.args(args).arg(project.root()).output();
        let mounted = mounted.map_err(|error| error.to_string())?;
        if mounted.status.success() {
            Ok(Self(project))
        } else {
            Err(String::from_utf8_lossy(&mounted.stderr).into_owned())
        }
    }

    /// Mounts it with other options.
    pub fn again(&self, options: &str) {
        let options = format!("remount,{options}");
        let done = Command::new("mount")
            .args(["-o", &options])
            .arg(self.0.root())
            .status();
        assert!(done.unwrap().success());
    }
}

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        let done = Command::new("umount").arg("-l").arg(self.0.root()).status();
        assert!(done.unwrap().success());
    }
}
