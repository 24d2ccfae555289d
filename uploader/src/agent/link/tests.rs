//! One connection over a pipe in memory, with a clock that jumps when nothing else is to be done.

use super::*;
use crate::secret::Secret;
use std::sync::Arc;
use tokio::io::DuplexStream;
use tokio_tungstenite::tungstenite::protocol::Role;

struct Bench {
    link: Link,
    reports: watch::Sender<HostReport>,
    progress: mpsc::Sender<PublishProgress>,
    heard: mpsc::Receiver<Heard>,
}

fn report(capacity: u32) -> HostReport {
    HostReport {
        boot_id: "b".to_owned(),
        version: String::new(),
        capacity,
        free_bytes: 0,
        projects: Vec::new(),
        jobs: Vec::new(),
    }
}

fn bench() -> Bench {
    let control = Control::new("http://app.localhost:1", String::new(), Arc::new(Secret::new("t"))).unwrap();
    let (reports, seen) = watch::channel(report(1));
    let (progress, told) = mpsc::channel(8);
    let (sender, heard) = mpsc::channel(8);
    Bench { link: Link { control, reports: seen, progress: told, heard: sender }, reports, progress, heard }
}

async fn pipe() -> (WebSocketStream<DuplexStream>, WebSocketStream<DuplexStream>) {
    let (near, far) = tokio::io::duplex(1 << 16);
    let near = WebSocketStream::from_raw_socket(near, Role::Client, None).await;
    (near, WebSocketStream::from_raw_socket(far, Role::Server, None).await)
}

async fn next(server: &mut WebSocketStream<DuplexStream>) -> HostMessage {
    loop {
        if let Message::Text(text) = server.next().await.unwrap().unwrap() {
            return serde_json::from_str(&text).unwrap();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn reports_go_out_and_orders_come_in() {
    let Bench { mut link, reports, progress, mut heard } = bench();
    let (near, mut server) = pipe().await;
    let serving = tokio::spawn(async move { link.serve(near).await.to_string() });
    assert_eq!(next(&mut server).await, HostMessage::Report(report(1)), "without being asked");
    let orders = serde_json::to_string(&HostOrders { report_within_ms: 7, ..HostOrders::default() }).unwrap();
    server.send(Message::Text(orders.into())).await.unwrap();
    assert!(matches!(heard.recv().await, Some(Heard::Orders(orders)) if orders.report_within_ms == 7));
    reports.send(report(2)).unwrap();
    assert_eq!(next(&mut server).await, HostMessage::Report(report(2)));
    let share_id = vitrine_protocol::ShareId::from_random('e', [1; 25]).unwrap();
    let far = PublishProgress {
        share_id,
        job_id: None,
        attempt: 1,
        progress: vitrine_protocol::api::JobProgress::default(),
    };
    progress.send(far).await.unwrap();
    assert_eq!(next(&mut server).await, HostMessage::Progress(far));
    server.close(None).await.unwrap();
    assert_eq!(serving.await.unwrap(), "the server closed the connection");
}

#[tokio::test(start_paused = true)]
async fn a_dead_connection_is_noticed_within_half_a_minute() {
    let Bench { mut link, reports: _reports, .. } = bench();
    let (near, _server) = pipe().await;
    let began = Instant::now();
    assert!(matches!(link.serve(near).await, Lost::Silent | Lost::Over));
    assert!(began.elapsed() <= Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_lives_but_answers_nothing_is_given_up() {
    let Bench { mut link, reports: _reports, heard: _heard, progress: _progress } = bench();
    let (near, mut server) = pipe().await;
    // Reading answers the pings.
    let reading = tokio::spawn(async move { while let Some(Ok(_)) = server.next().await {} });
    let began = Instant::now();
    assert!(matches!(link.serve(near).await, Lost::Unanswered));
    assert!((ANSWER_MAX..ANSWER_MAX + Duration::from_secs(5)).contains(&began.elapsed()));
    reading.await.unwrap();
}
