//! The same inputs give the same bytes: one digest of the whole example, whatever machine, user or moment it is made on.

use std::path::Path;
use std::process::Command;

use crate::project::TestProject;

/// The tree that the example's last commit has, where the program is started as a command says.
fn tree(project: &TestProject, folder: &str, command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    let mut git = project.command("git");
    git.args(["-c", "safe.directory=*", "-C", folder]);
    let output = git.args(["rev-parse", "HEAD^{tree}"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn plain() -> String {
    let project = TestProject::empty();
    tree(&project, "demo", project.mlopsgen().args(["demo", "demo"]))
}

/// A command of a shell that ends in the program's `demo`.
fn shell(project: &TestProject, script: &str) -> Command {
    let mut shell = project.command("bash");
    shell.args(["-euc", script, env!("CARGO_BIN_EXE_mlopsgen")]);
    shell
}

#[test]
fn time_zone_language_and_number_of_threads_leave_no_trace() {
    let project = TestProject::empty();
    let mut other = shell(&project, "umask 077; taskset -c 0 \"$0\" demo demo");
    other
        .env("TZ", "Asia/Kathmandu")
        .env("LC_ALL", "tr_TR.UTF-8")
        .env("LANGUAGE", "tr")
        .env("RAYON_NUM_THREADS", "1");
    assert_eq!(tree(&project, "demo", &mut other), plain());
}

#[test]
fn folder_file_system_and_user_leave_no_trace() {
    // Where there is no file system in memory, or no right to be somebody else, the rest is another all the same.
    let memory = Path::new("/dev/shm");
    let project = if memory.is_dir() {
        TestProject::below(memory)
    } else {
        TestProject::empty()
    };
    let folder = "a folder/with ünusual 'names'";
    std::fs::create_dir_all(project.root().join(folder)).unwrap();
    let script = format!(
        "cd /; \"$0\" -C \"{}/{folder}\" demo demo",
        project.root().display()
    );
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|data| {
        use std::os::unix::fs::MetadataExt as _;
        data.uid() == 0
    });
    let script = if is_root {
        // Nobody, who can read the program where tests are built under a home of root's, too.
        format!(
            "cp \"$0\" ./mlopsgen; chmod 755 ./mlopsgen; set -- \"$PWD/mlopsgen\"; chmod 777 .. . 'a folder' \"{folder}\"; \
             setpriv --reuid=65534 --regid=65534 --clear-groups bash -euc '{}' \"$1\"",
            script.replace('\'', "'\\''")
        )
    } else {
        script
    };
    let other = tree(
        &project,
        &format!("{folder}/demo"),
        &mut shell(&project, &script),
    );
    assert_eq!(other, plain());
}

#[test]
fn the_clock_leaves_no_trace() {
    let library = ["x86_64", "aarch64"]
        .map(|arch| format!("/usr/lib/{arch}-linux-gnu/faketime/libfaketime.so.1"));
    let Some(library) = library.iter().find(|l| Path::new(l).is_file()) else {
        // `tests/run` says so.
        return;
    };
    let project = TestProject::empty();
    let mut other = shell(&project, "\"$0\" demo demo");
    other
        .env("LD_PRELOAD", library)
        .env("FAKETIME", "@2037-06-15 12:00:00")
        .env_remove("GIT_AUTHOR_DATE")
        .env_remove("GIT_COMMITTER_DATE");
    assert_eq!(tree(&project, "demo", &mut other), plain());
    let date = project.git(&["-C", "demo", "log", "-1", "--format=%cd", "--date=iso"]);
    assert!(
        date.starts_with("2037-06-15"),
        "the clock was another: {date}"
    );
}
