//! A real btrfs, made in a sparse file and mounted as a loop device.
//!
//! Only root can; where nobody may mount it says so. Where mounting is possible and fails, it fails.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A mounted file system; unmounted when dropped.
pub(crate) struct Mounted {
    pub(crate) temp: tempfile::TempDir,
}

impl Mounted {
    /// `None`, with a loud word, where mounting is impossible.
    pub(crate) fn new() -> Option<Self> {
        if let Some(why) = obstacle() {
            // Past the test runner, which keeps what passing tests print.
            let _ = writeln!(std::io::stderr(), "SKIPPED, NOTHING WAS TESTED: {why}");
            return None;
        }
        let temp = tempfile::Builder::new()
            .prefix("vitrine-btrfs-")
            .permissions(fs::Permissions::from_mode(0o755))
            .tempdir()
            .unwrap();
        let image = temp.path().join("image");
        File::create(&image).unwrap().set_len(512 << 20).unwrap();
        run(Command::new("mkfs.btrfs").arg("-q").arg(&image));
        fs::create_dir(temp.path().join("at")).unwrap();
        run(Command::new("mount").args(["-o", "loop"]).arg(&image).arg(temp.path().join("at")));
        Some(Self { temp })
    }

    pub(crate) fn at(&self, below: &str) -> PathBuf {
        self.temp.path().join("at").join(below)
    }

    pub(crate) fn subvolume(&self, below: &str) -> PathBuf {
        let path = self.at(below);
        run(Command::new("btrfs").args(["-q", "subvolume", "create"]).arg(&path));
        path
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.at("")).status();
    }
}

/// Why nothing can be mounted here.
fn obstacle() -> Option<&'static str> {
    const SYS_ADMIN: u64 = 1 << 21;
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:")).unwrap();
    if u64::from_str_radix(effective.trim(), 16).unwrap() & SYS_ADMIN == 0 {
        return Some("only root may mount");
    }
    if !Path::new("/dev/loop-control").exists() {
        return Some("this machine has no loop devices");
    }
    let _ = Command::new("modprobe").arg("btrfs").stderr(Stdio::null()).status();
    let known = fs::read_to_string("/proc/filesystems").unwrap();
    (!known.contains("btrfs")).then_some("the kernel has no btrfs")
}

pub(crate) fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| {
        panic!("{command:?}: {error}; `node scripts/setup.mjs --tests` installs what the tests need")
    });
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
