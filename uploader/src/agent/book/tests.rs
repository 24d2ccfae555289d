//! Orders and ends in every order.

use super::*;
use proptest::prelude::*;
use vitrine_protocol::api::Work;

fn job(number: u8) -> JobId {
    JobId::from_parts(u64::from(number), [number; 10])
}

fn order(number: u8, attempt: u32) -> JobOrder {
    let work = Work::Publish { path: "a".to_owned(), checksum: false, ignore_base: false };
    let share_id = vitrine_protocol::ShareId::from_random('e', [1; 25]).unwrap();
    JobOrder { job_id: job(number), attempt, share_id, project_id: "p".parse().unwrap(), work }
}

fn run(orders: &[(u8, u32)]) -> HostOrders {
    HostOrders { run: orders.iter().map(|(number, attempt)| order(*number, *attempt)).collect(), ..none() }
}

fn stop(number: u8, attempt: u32, canceled: bool) -> HostOrders {
    HostOrders { stop: vec![StopOrder { job_id: job(number), attempt, canceled }], ..none() }
}

fn settled(number: u8) -> HostOrders {
    HostOrders { settled: vec![job(number)], ..none() }
}

fn none() -> HostOrders {
    HostOrders::default()
}

fn done() -> Outcome {
    Outcome::Done(JobResult::default())
}

fn failed(retry: bool) -> Outcome {
    let error = JobError { code: "other".to_owned(), message: "x".to_owned(), hint: None };
    Outcome::Failed { error, retry }
}

fn said(book: &Book) -> Vec<(u32, &'static str)> {
    let word = |status: &JobStatus| match status {
        JobStatus::Running(_) => "running",
        JobStatus::Succeeded(_) => "succeeded",
        JobStatus::Failed { retry: true, .. } => "failed, again",
        JobStatus::Failed { .. } => "failed",
        JobStatus::Canceled => "canceled",
    };
    let reports = book.reports(|_| JobProgress::default());
    reports.iter().map(|report| (report.attempt, word(&report.status))).collect()
}

#[test]
fn orders_are_taken_up_to_the_capacity_and_once() {
    let mut book = Book::default();
    let orders = run(&[(1, 1), (2, 1), (3, 1)]);
    assert_eq!(book.obey(&orders, 2), [Act::Start(order(1, 1)), Act::Start(order(2, 1))]);
    assert_eq!(book.obey(&orders, 2), []);
    book.ended(job(1), done());
    assert_eq!(book.obey(&orders, 2), [Act::Start(order(3, 1))], "and the one that ended stays ended");
    assert_eq!(said(&book), [(1, "running"), (1, "running"), (1, "succeeded")]);
    assert_eq!(book.obey(&orders, 0), []);
}

#[test]
fn an_end_is_told_until_it_is_settled() {
    let mut book = Book::default();
    book.obey(&run(&[(1, 1)]), 1);
    book.ended(job(1), failed(true));
    let mut book = Book::with_ended(book.kept());
    assert_eq!(said(&book), [(1, "failed, again")]);
    assert_eq!(book.obey(&settled(1), 1), [], "another attempt may need what is remembered");
    assert_eq!(book.obey(&run(&[(1, 2)]), 1), [Act::Start(order(1, 2))]);
    book.ended(job(1), done());
    assert_eq!(book.obey(&settled(1), 1), [Act::Forget(job(1))]);
    assert_eq!(said(&book), []);
    assert_eq!(book.obey(&settled(1), 1), []);
}

#[test]
fn a_cancel_is_told_and_what_is_anothers_is_not() {
    let mut book = Book::default();
    book.obey(&run(&[(1, 1), (2, 1)]), 9);
    assert_eq!(book.obey(&stop(1, 2, true), 9), [], "another hand-out");
    assert_eq!(book.obey(&stop(1, 1, true), 9), [Act::Stop(job(1))]);
    assert_eq!(book.obey(&stop(1, 1, true), 9), []);
    assert_eq!(book.obey(&stop(2, 1, false), 9), [Act::Stop(job(2))]);
    assert_eq!(said(&book), [(1, "running")]);
    book.ended(job(1), Outcome::Stopped);
    book.ended(job(2), done());
    assert_eq!(said(&book), [(1, "canceled")]);
    book.obey(&stop(9, 4, true), 9);
    assert_eq!(said(&book), [(1, "canceled"), (4, "canceled")], "one that an earlier start had");
    book.obey(&stop(1, 1, false), 9);
    assert_eq!(said(&book), [(4, "canceled")]);
}

#[test]
fn a_commit_that_came_before_the_cancel_stands() {
    let mut book = Book::default();
    book.obey(&run(&[(1, 1)]), 9);
    book.obey(&stop(1, 1, true), 9);
    book.ended(job(1), done());
    assert_eq!(said(&book), [(1, "succeeded")]);
}

#[test]
fn an_attempt_that_was_given_up_is_told_only_when_it_is_named_again() {
    let mut book = Book::default();
    book.obey(&run(&[(1, 1), (2, 1), (3, 1)]), 9);
    assert_eq!(book.give_up(), [job(1), job(2), job(3)]);
    assert_eq!(said(&book), []);
    assert_eq!(book.obey(&run(&[(3, 1)]), 9), [], "it is still stopping");
    assert_eq!(said(&book), [(1, "running")]);
    book.ended(job(1), Outcome::Stopped);
    book.ended(job(2), done());
    book.ended(job(3), failed(false));
    assert_eq!(said(&book), [(1, "failed")]);
    assert_eq!(book.obey(&run(&[(1, 1), (2, 1)]), 9), [Act::Start(order(1, 1))]);
    assert_eq!(said(&book), [(1, "running"), (1, "succeeded"), (1, "failed")]);
    book.give_up();
    book.ended(job(1), done());
    assert_eq!(book.obey(&run(&[(1, 2)]), 9), [Act::Start(order(1, 2))], "another's, and ours once more");
}

#[test]
fn a_newer_attempt_waits_for_the_older_to_end() {
    let mut book = Book::default();
    book.obey(&run(&[(1, 1)]), 9);
    assert_eq!(book.obey(&run(&[(1, 2)]), 9), [Act::Stop(job(1))]);
    assert_eq!(book.obey(&run(&[(1, 2)]), 9), []);
    assert_eq!(said(&book), [(2, "running")], "it is in hand");
    assert_eq!(book.ended(job(1), done()), Some(order(1, 2)));
    assert_eq!(said(&book), [(2, "running")]);
    assert_eq!(book.obey(&run(&[(1, 1)]), 9), [], "a late copy of the older order");
    book.obey(&run(&[(1, 3)]), 9);
    book.obey(&stop(1, 3, true), 9);
    assert_eq!(said(&book), [(3, "canceled")]);
    assert_eq!(book.ended(job(1), Outcome::Stopped), None);
    assert_eq!(said(&book), [(3, "canceled")]);
}

#[test]
fn what_a_drain_stops_is_offered_again() {
    let mut book = Book::default();
    book.obey(&run(&[(1, 1), (2, 1)]), 9);
    book.drain();
    assert_eq!(said(&book), [(1, "running"), (1, "running")]);
    book.ended(job(1), Outcome::Stopped);
    book.ended(job(2), done());
    assert_eq!(said(&book), [(1, "failed, again"), (1, "succeeded")]);
}

#[derive(Debug, Clone)]
enum Step {
    Obey(HostOrders),
    Ended(u8, bool),
    GiveUp,
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let one = prop_oneof![
        (0u8..3, 1u32..4).prop_map(|(number, attempt)| Step::Obey(run(&[(number, attempt)]))),
        (0u8..3, 1u32..4, any::<bool>()).prop_map(|(n, a, canceled)| Step::Obey(stop(n, a, canceled))),
        (0u8..3).prop_map(|number| Step::Obey(settled(number))),
        (0u8..3, any::<bool>()).prop_map(|(number, stopped)| Step::Ended(number, stopped)),
        Just(Step::GiveUp),
        Just(Step::Restart),
    ];
    proptest::collection::vec(one, 0..60)
}

proptest! {
    #[test]
    fn no_job_is_at_work_twice_and_doubled_orders_change_nothing(steps in steps()) {
        let (mut book, mut working) = (Book::default(), std::collections::BTreeSet::new());
        for step in steps {
            match step {
                Step::Obey(orders) => {
                    for act in book.obey(&orders, 2) {
                        if let Act::Start(order) = act {
                            prop_assert!(working.insert(order.job_id), "it was at work already");
                        }
                    }
                    prop_assert!(working.len() <= 2);
                    let before = book.reports(|_| JobProgress::default());
                    // What has just been settled or stopped may be begun by the same order again; the rest is idle.
                    if orders.run.is_empty() {
                        let again = book.obey(&orders, 2);
                        prop_assert!(again.is_empty());
                        prop_assert_eq!(book.reports(|_| JobProgress::default()), before);
                    }
                }
                Step::Ended(number, stopped) => {
                    if working.remove(&job(number)) {
                        let next = book.ended(job(number), if stopped { Outcome::Stopped } else { done() });
                        working.extend(next.map(|order| order.job_id));
                    }
                }
                Step::GiveUp => drop(book.give_up()),
                Step::Restart => {
                    book = Book::with_ended(book.kept());
                    working.clear();
                }
            }
            prop_assert_eq!(book.working(), working.len());
        }
    }
}
