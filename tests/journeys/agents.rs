//! Two hosts, each with projects on a btrfs volume of its own: publish on one, read, copy to the other, move the project
//! there, publish the change from there, and turn the first host away.

use crate::world::{World, admin, api_token, noise, vitrine, world, write};
use serde_json::{Value, json as object};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use vitrine_protocol::ShareId;

/// A volume for projects: a btrfs in a sparse file where the machine lets us mount one.
struct Volume {
    temp: tempfile::TempDir,
    is_btrfs: bool,
}

impl Volume {
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        fs::create_dir(temp.path().join("projects")).unwrap();
        let is_btrfs = may_mount();
        if is_btrfs {
            let image = temp.path().join("image");
            File::create(&image).unwrap().set_len(512 << 20).unwrap();
            run(Command::new("mkfs.btrfs").arg("-q").arg(&image));
            run(Command::new("mount").args(["-o", "loop"]).arg(&image).arg(temp.path().join("projects")));
        } else {
            // Past the test runner, which keeps what passing tests print.
            let _ = writeln!(
                std::io::stderr(),
                "NO BTRFS: the agents' journey runs on plain folders, without snapshots"
            );
        }
        Self { temp, is_btrfs }
    }

    fn projects(&self) -> PathBuf {
        self.temp.path().join("projects")
    }

    fn project(&self, name: &str) -> PathBuf {
        let path = self.projects().join(format!("project-{name}"));
        if self.is_btrfs {
            run(Command::new("btrfs").args(["-q", "subvolume", "create"]).arg(&path));
        } else {
            fs::create_dir(&path).unwrap();
        }
        path
    }

    /// Snapshots that nobody has removed.
    fn left_over(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for project in fs::read_dir(self.projects()).unwrap() {
            let folder = project.unwrap().path().join(".vitrine-snapshots");
            found.extend(fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()));
        }
        found
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        if self.is_btrfs {
            let _ = Command::new("umount").arg("-l").arg(self.projects()).status();
        }
    }
}

fn may_mount() -> bool {
    const SYS_ADMIN: u64 = 1 << 21;
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:")).unwrap();
    let _ = Command::new("modprobe").arg("btrfs").stderr(Stdio::null()).status();
    u64::from_str_radix(effective.trim(), 16).unwrap() & SYS_ADMIN != 0
        && Path::new("/dev/loop-control").exists()
        && fs::read_to_string("/proc/filesystems").unwrap().contains("btrfs")
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A host: its volume, its agent, and what that says.
struct Host {
    id: String,
    volume: Volume,
    state: tempfile::TempDir,
    agent: Option<Child>,
}

impl Host {
    /// Invites and enrols a host, and starts its agent.
    fn start(world: &World, name: &str) -> Self {
        let (volume, state) = (Volume::new(), tempfile::tempdir().unwrap());
        let invited = world.ok(admin(), "hosts/invite", &object!({ "name": name }));
        let config = state.path().join("agent.toml");
        let text = format!(
            "api = \"{}\"\nstate_dir = \"{}\"\nprojects_root = \"{}\"\njobs = 2\ndrain_seconds = 5\n",
            world.app,
            state.path().join("state").display(),
            volume.projects().display(),
        );
        fs::write(&config, text).unwrap();
        let token = invited["enrolment_token"].as_str().unwrap();
        run(vitrine().arg("enroll").arg("--config").arg(&config).env("VITRINE_ENROLMENT_TOKEN", token));
        let mut host =
            Self { id: invited["host_id"].as_str().unwrap().to_owned(), volume, state, agent: None };
        host.run();
        host
    }

    fn run(&mut self) {
        let log = File::options().create(true).append(true).open(self.state.path().join("log")).unwrap();
        let mut command = vitrine();
        command.arg("agent").arg("--config").arg(self.state.path().join("agent.toml"));
        self.agent = Some(command.stdout(Stdio::null()).stderr(log).spawn().unwrap());
    }

    fn log(&self) -> String {
        fs::read_to_string(self.state.path().join("log")).unwrap_or_default()
    }

    /// Ends the agent by a signal; its exit code.
    fn end(&mut self, signal: &str) -> Option<i32> {
        let mut agent = self.agent.take().unwrap();
        run(Command::new("kill").arg(signal).arg(agent.id().to_string()));
        agent.wait().unwrap().code()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        if let Some(mut agent) = self.agent.take() {
            let _ = agent.kill();
            let _ = agent.wait();
        }
        if std::thread::panicking() {
            let _ = writeln!(std::io::stderr(), "the log of host {}:\n{}", self.id, self.log());
        }
    }
}

/// Waits until a job has ended, and gives it.
fn ended(world: &World, token: &str, job: &Value) -> Value {
    let call = format!("shares/status?job={}", job["job_id"].as_str().unwrap());
    let begun = Instant::now();
    loop {
        let job = world.ask(token, &call);
        if !matches!(job["state"].as_str(), Some("queued" | "running")) {
            return job;
        }
        assert!(begun.elapsed() < Duration::from_mins(2), "it does not end: {job}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn succeeded(world: &World, token: &str, job: &Value) -> Value {
    let job = ended(world, token, job);
    assert_eq!(job["state"], "succeeded", "{job}");
    job
}

fn read(world: &World, share: ShareId, path: &str) -> Vec<u8> {
    let answer = world.get(&world.raw(share, path)).send().unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    answer.bytes().unwrap().to_vec()
}

/// Waits for a snapshot to be what readers get.
fn until_read(world: &World, share: ShareId, path: &str, wanted: &[u8]) {
    let begun = Instant::now();
    while read(world, share, path) != wanted {
        assert!(begun.elapsed() < Duration::from_mins(1), "{path} stays as it was");
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn assign(world: &World, service: &str, project: &str, host: &Host) {
    world.ok(service, "projects/assign", &object!({ "project_id": project, "host_id": host.id }));
}

#[test]
fn publish_copy_move_and_turn_away() {
    let world = world();
    let service = api_token(&["--service"]);
    let writer = api_token(&["--project", "journey-a", "--project", "journey-b"]);
    let (mut a, mut b) = (Host::start(world, "journey host a"), Host::start(world, "journey host b"));

    // Publish on A.
    let folder = a.volume.project("journey-a");
    write(&folder, "course/lecture.bin", noise(1, 3_000_000));
    for number in 0..50 {
        write(&folder, &format!("course/notes/{number}.txt"), noise(100 + number, 5_000));
    }
    write(&folder, "outside.txt", "not of the share");
    assign(world, &service, "journey-a", &a);
    let create =
        object!({ "project_id": "journey-a", "path": "course", "title": "Course", "scope": "public" });
    let share = world.ok(&writer, "shares/create", &create);
    let id: ShareId = share["share_id"].as_str().unwrap().parse().unwrap();
    let publish = object!({ "share_id": id });
    let first = succeeded(world, &writer, &world.ok(&writer, "shares/publish", &publish));
    assert_eq!((&first["host_id"], &first["result"]["files"]), (&object!(a.id), &object!(51)), "{first}");
    assert!(first["result"]["transferred_bytes"].as_u64().unwrap() > 3_000_000, "{first}");
    assert_eq!(read(world, id, "lecture.bin"), noise(1, 3_000_000));
    assert_eq!(world.get(&world.raw(id, "outside.txt")).send().unwrap().status(), 404);

    // One file as a share of its own.
    let create = object!({ "project_id": "journey-a", "path": "course/lecture.bin", "scope": "unlisted" });
    let single = world.ok(&writer, "shares/create", &create);
    let job = world.ok(&writer, "shares/publish", &object!({ "share_id": single["share_id"] }));
    assert_eq!(succeeded(world, &writer, &job)["result"]["files"], 1);
    let single: ShareId = single["share_id"].as_str().unwrap().parse().unwrap();
    assert_eq!(read(world, single, "lecture.bin"), noise(1, 3_000_000));

    // Copy to B.
    let target = b.volume.project("journey-b");
    assign(world, &service, "journey-b", &b);
    let copy = object!({ "share_id": id, "project_id": "journey-b", "trust_acknowledged": true });
    let copied = succeeded(world, &writer, &world.ok(&writer, "shares/copy", &copy));
    assert_eq!((&copied["host_id"], &copied["result"]["files"]), (&object!(b.id), &object!(51)), "{copied}");
    let path = copied["result"]["path"].as_str().unwrap();
    assert_eq!(fs::read(target.join(path).join("lecture.bin")).unwrap(), noise(1, 3_000_000));
    assert_eq!(fs::read(target.join(path).join("notes/7.txt")).unwrap(), noise(107, 5_000));
    let again = succeeded(world, &writer, &world.ok(&writer, "shares/copy", &copy));
    assert_ne!(again["result"]["path"], copied["result"]["path"], "nothing is written over");

    // Move the project to B, as an operator would: the data first, then the map.
    let moved = b.volume.project("journey-a");
    run(Command::new("cp").args(["-a", "--"]).arg(folder.join("course")).arg(&moved));
    write(&moved, "course/notes/7.txt", "changed on B");
    assign(world, &service, "journey-a", &b);
    let second = succeeded(world, &writer, &world.ok(&writer, "shares/publish", &publish));
    assert_eq!((&second["host_id"], &second["result"]["files"]), (&object!(b.id), &object!(51)), "{second}");
    let sent = second["result"]["transferred_bytes"].as_u64().unwrap();
    assert!(sent < 300_000, "an increment of what A published, not {sent} bytes: {second}");
    until_read(world, id, "notes/7.txt", b"changed on B");
    assert_eq!(read(world, id, "lecture.bin"), noise(1, 3_000_000));

    // Turn A away: it may do nothing any more, and says so.
    world.ok(admin(), "hosts/revoke", &object!({ "host_id": a.id }));
    let begun = Instant::now();
    while !a.log().to_lowercase().contains("not known here") {
        assert!(begun.elapsed() < Duration::from_mins(1), "A does not notice:\n{}", a.log());
        std::thread::sleep(Duration::from_millis(100));
    }
    let hosts = world.ask(&service, "hosts?limit=100");
    let state = |host: &Host| {
        hosts["hosts"].as_array().unwrap().iter().find(|one| one["host_id"] == host.id.as_str()).unwrap()["state"].clone()
    };
    assert_eq!((state(&a), state(&b)), (object!("revoked"), object!("active")));

    assert_eq!(b.end("-TERM"), Some(0), "{}", b.log());
    assert_eq!((a.volume.left_over(), b.volume.left_over()), (vec![], vec![]), "snapshots are removed");
    let _ = a.end("-KILL");
}

#[test]
fn an_agent_that_is_killed_goes_on_and_one_that_is_asked_to_stop_does() {
    let world = world();
    let service = api_token(&["--service"]);
    let writer = api_token(&["--project", "journey-k"]);
    let mut host = Host::start(world, "journey host k");
    let folder = host.volume.project("journey-k");
    for number in 0..120 {
        write(&folder, &format!("{number}.bin"), noise(number, 400_000));
    }
    assign(world, &service, "journey-k", &host);
    let share =
        world.ok(&writer, "shares/create", &object!({ "project_id": "journey-k", "scope": "public" }));
    let publish = object!({ "share_id": share["share_id"] });
    let job = world.ok(&writer, "shares/publish", &publish);
    let status = format!("shares/status?job={}", job["job_id"].as_str().unwrap());
    let running = |job: &Value| job["state"] == "running";
    let begun = Instant::now();
    while !running(&world.ask(&writer, &status)) {
        assert!(begun.elapsed() < Duration::from_mins(1));
    }
    host.end("-KILL");
    host.run();
    let done = succeeded(world, &writer, &job);
    assert_eq!(done["result"]["files"], 120, "{done}");
    let id: ShareId = share["share_id"].as_str().unwrap().parse().unwrap();
    assert_eq!(read(world, id, "77.bin"), noise(77, 400_000));

    // A publish that is canceled before it is done leaves the snapshot that was there.
    for number in 0..120 {
        write(&folder, &format!("{number}.bin"), noise(1000 + number, 400_000));
    }
    let job = world.ok(&writer, "shares/publish", &publish);
    world.ok(&writer, "shares/cancel", &object!({ "job_id": job["job_id"] }));
    let stopped = ended(world, &writer, &job);
    assert_eq!(stopped["state"], "canceled", "{stopped}");
    assert_eq!(read(world, id, "77.bin"), noise(77, 400_000));
    assert_eq!(host.end("-TERM"), Some(0), "{}", host.log());
    assert_eq!(host.volume.left_over(), Vec::<PathBuf>::new());
}
