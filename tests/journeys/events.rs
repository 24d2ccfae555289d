//! Those who watch: live events over a WebSocket, resumed after a break; and the views that beacons count.

use crate::world::{World, admin, api_token, json, publish_again, publish_new, world, write};
use serde_json::{Value, json as object};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use tungstenite::client::IntoClientRequest as _;
use tungstenite::{Message, WebSocket};
use vitrine_protocol::ShareId;

type Socket = WebSocket<TcpStream>;

/// Watches a share, as a browser does: the token stands among the subprotocols.
fn watch(world: &World, share: ShareId, token: &str, query: &str) -> Socket {
    let url = format!("ws://app.localhost:{}/api/v2/shares/{share}/events{query}", world.port);
    let mut request = url.into_client_request().unwrap();
    let protocols = format!("vitrine.v2, bearer.{token}");
    request.headers_mut().insert("sec-websocket-protocol", protocols.parse().unwrap());
    let stream = TcpStream::connect(("127.0.0.1", world.port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let (socket, answer) = tungstenite::client(request, stream).unwrap();
    assert_eq!(answer.headers()["sec-websocket-protocol"], "vitrine.v2");
    socket
}

fn next(socket: &mut Socket) -> Value {
    loop {
        match socket.read().unwrap() {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Ping(_) | Message::Pong(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

/// The next event of that name; what comes before is skipped.
fn until(socket: &mut Socket, event: &str) -> Value {
    loop {
        let got = next(socket);
        if got["event"] == event {
            return got;
        }
    }
}

#[test]
fn a_new_snapshot_is_heard_of_and_a_break_loses_nothing() {
    let world = world();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.txt", "one");
    let share = publish_new(folder.path()).share;
    let mut writer = watch(world, share, &world.token, "");
    let hello = next(&mut writer);
    assert_eq!((&hello["event"], &hello["data"]["complete"]), (&object!("hello"), &object!(true)));
    let reader = api_token(&["--sub", "reader", "--project", "elsewhere"]);
    let mut reader = watch(world, share, &reader, "");
    next(&mut reader);
    write(folder.path(), "a.txt", "two");
    let second = publish_again(folder.path(), share);
    let heard = until(&mut writer, "published");
    assert_eq!(heard["data"]["manifest_id"], second.manifest.to_string());
    assert_eq!(until(&mut reader, "published")["id"], heard["id"]);
    drop(writer);
    world.ok(&world.token, "shares/update", &object!({ "share_id": share, "title": "New" }));
    write(folder.path(), "a.txt", "three");
    let third = publish_again(folder.path(), share);
    let mut back = watch(world, share, &world.token, &format!("?last_event_id={}", heard["id"]));
    assert_eq!(next(&mut back)["data"]["complete"], true);
    assert_eq!(until(&mut back, "updated")["id"], heard["id"].as_u64().unwrap() + 1);
    assert_eq!(until(&mut back, "published")["data"]["manifest_id"], third.manifest.to_string());
}

#[test]
fn who_may_read_no_more_hears_no_more() {
    let world = world();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.txt", "one");
    let share = publish_new(folder.path()).share;
    let reader = api_token(&["--sub", "reader", "--project", "elsewhere"]);
    let mut socket = watch(world, share, &reader, "");
    next(&mut socket);
    world.ok(&world.token, "shares/update", &object!({ "share_id": share, "scope": "org", "org_id": "o" }));
    let closed = loop {
        match socket.read().unwrap() {
            Message::Close(frame) => break frame.unwrap(),
            Message::Text(text) => assert!(text.contains("updated"), "{text}"),
            _ => {}
        }
    };
    assert_eq!(u16::from(closed.code), 4004);
    let url = format!("{}/api/v2/shares/{share}/events", world.app);
    let refused = world.get(&url).bearer_auth(&reader).header("upgrade", "websocket").send().unwrap();
    assert_eq!(json(refused)["code"], "share_not_found");
}

#[test]
fn a_call_for_events_without_a_socket_or_a_right_is_refused() {
    let world = world();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.txt", "one");
    let share = publish_new(folder.path()).share;
    let url = format!("{}/api/v2/shares/{share}/events", world.app);
    let plain = world.get(&url).bearer_auth(&world.token).send().unwrap();
    assert_eq!((plain.status().as_u16(), json(plain)["code"].clone()), (426, object!("upgrade_required")));
    let nobody = world.get(&url).header("upgrade", "websocket").send().unwrap();
    assert_eq!(json(nobody)["code"], "unauthenticated");
}

/// Sends a view; gives the number of views that it is answered with.
fn beacon(world: &World, share: ShareId, address: &str, agent: &str) -> u64 {
    let url = format!("{}/~/{share}/events", world.share);
    let request = world.request("POST", &url).header("cf-connecting-ip", address).header("user-agent", agent);
    let answer = request.body(r#"{"view":true}"#).send().unwrap();
    assert_eq!(answer.status(), 200);
    json(answer)["views"].as_u64().unwrap()
}

/// Asks until the answer is what it should become; a minute at most.
fn becomes(what: &str, wanted: u64, mut ask: impl FnMut() -> u64) {
    let begun = Instant::now();
    loop {
        let got = ask();
        if got == wanted {
            return;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "{what} is {got}, not {wanted}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_thousand_readers_at_once_are_a_thousand_views() {
    let world = world();
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.txt", "one");
    let share = publish_new(folder.path()).share;
    std::thread::scope(|scope| {
        for thread in 0..20 {
            scope.spawn(move || {
                for reader in 0..50 {
                    let address = format!("10.1.{thread}.{reader}");
                    let views = beacon(world, share, &address, "a browser");
                    assert!((1..=1000).contains(&views), "{views}");
                    if reader % 10 == 0 {
                        assert!(beacon(world, share, &address, "a browser") <= 1000, "the same reader again");
                    }
                }
            });
        }
    });
    let count = || {
        world.ok(&world.token, "shares/counter", &object!({ "share_id": share }))["views"].as_u64().unwrap()
    };
    assert_eq!(count(), 1000);
    assert_eq!(beacon(world, share, "10.1.0.0", "another browser"), 1001);
    let listed = || world.ask(&world.token, &format!("shares/{share}"))["views"].as_u64().unwrap();
    becomes("the list's counter", 1001, listed);
    let text = world.get(&format!("{}/api/v2/metrics", world.app)).bearer_auth(admin()).send().unwrap();
    let text = text.text().unwrap();
    assert!(
        text.contains(r#"vitrine_gateway_answers_total{origin="share",route="events",status="200"}"#),
        "{text}"
    );
}
