//! Servers that stall, and servers that are only slow: the first end in an error, the second are waited for.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};
use vitrine::progress::Silent;
use vitrine::remote::retry::{Deadlines, RetryPolicy};
use vitrine::remote::s3::{Client, Credentials, S3Error, Settings};
use vitrine::secret::Secret;
use vitrine_protocol::Sha256;

/// A server that hands each connection to `serve`.
fn server(serve: fn(TcpStream)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || serve(stream.unwrap()));
        }
    });
    url
}

fn client(endpoint: String) -> Client {
    let retry = RetryPolicy {
        attempts: 2,
        base: Duration::from_millis(1),
        cap: Duration::from_millis(1),
        patience: Duration::ZERO,
    };
    let deadlines = Deadlines { idle: Duration::from_millis(800), ..Deadlines::default() };
    let settings = Settings {
        endpoint,
        bucket: "b".to_owned(),
        prefix: String::new(),
        region: "auto".to_owned(),
        retry,
        deadlines,
        throttle: None,
        journal: None,
    };
    let secret_access_key = Secret::new("s");
    let credentials = Credentials { access_key_id: "a".to_owned(), secret_access_key, session_token: None };
    Client::new(settings, credentials, Arc::new(Silent)).unwrap()
}

fn read_head(stream: &mut TcpStream) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
        head.push(byte[0]);
    }
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let client = client(server(|mut stream| {
        read_head(&mut stream);
        std::thread::sleep(Duration::from_mins(1));
    }));
    let began = Instant::now();
    let error = client.get("k", None, 10).await.unwrap_err();
    assert!(matches!(error, S3Error::Stalled { .. }), "{error:?}");
    let error = client.put("k", vec![1; 100].into(), Sha256::of(&[1; 100]), None).await.unwrap_err();
    assert!(matches!(error, S3Error::Stalled { .. }), "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_slow_answer_is_waited_for() {
    let client = client(server(|mut stream| {
        read_head(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n").unwrap();
        for _ in 0..10 {
            std::thread::sleep(Duration::from_millis(200));
            stream.write_all(b"x").unwrap();
        }
    }));
    assert_eq!(client.get("k", None, 10).await.unwrap().unwrap().bytes, vec![b'x'; 10]);
}

#[tokio::test]
async fn a_server_that_cuts_its_answer_short_is_asked_again_and_then_given_up() {
    let client = client(server(|mut stream| {
        read_head(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nxxx").unwrap();
    }));
    let error = client.get("k", None, 10).await.unwrap_err();
    assert!(matches!(error, S3Error::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let client = client(server(|mut stream| {
        read_head(&mut stream);
        let _ =
            stream.write_all(b"HTTP/1.1 307 T\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
    }));
    assert_eq!(client.get("k", None, 10).await.unwrap_err().status(), Some(307));
}
