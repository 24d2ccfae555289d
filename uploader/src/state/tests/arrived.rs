//! What arrived, against a model.

use super::*;
use proptest::prelude::*;
use vitrine_protocol::Sha256;

#[derive(Debug, Clone)]
enum Step {
    Record(u8, Arrived, i64),
    Forget(u8),
    Begin(u8),
    End(u8),
    Reopen,
}

fn arrived() -> impl Strategy<Value = Arrived> {
    let content = (any::<u8>(), any::<u64>(), any::<u64>())
        .prop_map(|(byte, offset, length)| PackedContent { content: Sha256::of(&[byte]), offset, length });
    (0_u8..4, any::<u64>(), prop::collection::vec(content, 0..4)).prop_map(|(byte, size, contents)| Arrived {
        blob: Sha256::of(&[byte]),
        size,
        contents,
    })
}

fn step() -> impl Strategy<Value = Step> {
    let share = 0_u8..2;
    prop_oneof![
        4 => (share.clone(), arrived(), 0_i64..10).prop_map(|(share, arrived, at)| Step::Record(share, arrived, at)),
        1 => share.clone().prop_map(Step::Forget),
        1 => share.clone().prop_map(Step::Begin),
        1 => share.prop_map(Step::End),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn as_the_model(steps in prop::collection::vec(step(), 0..24)) {
        let (_temp, path, mut state) = fresh();
        let mut model: HashMap<u8, HashMap<Sha256, (Arrived, i64)>> = HashMap::new();
        let mut open = [false; 2];
        for step in steps {
            match step {
                Step::Record(number, arrived, at) => {
                    state.record_arrived(share(number), &arrived, at).unwrap();
                    model.entry(number).or_default().insert(arrived.blob, (arrived, at));
                }
                Step::Forget(number) => {
                    state.forget_arrived(share(number)).unwrap();
                    model.remove(&number);
                }
                Step::Begin(number) => {
                    let before = std::mem::replace(&mut open[usize::from(number)], true);
                    prop_assert_eq!(state.begin_publish(share(number)).unwrap(), before);
                }
                Step::End(number) => {
                    state.end_publish(share(number)).unwrap();
                    open[usize::from(number)] = false;
                }
                Step::Reopen => state = State::open(&path).unwrap(),
            }
            for (number, since) in [(0, 0), (0, 5), (1, 3), (1, 10)] {
                let mut found = state.arrived(share(number), since).unwrap();
                found.sort_by_key(|arrived| arrived.blob);
                let known = model.get(&number).into_iter().flat_map(HashMap::values);
                let mut wanted: Vec<_> =
                    known.filter(|(_, at)| *at >= since).map(|(arrived, _)| arrived.clone()).collect();
                wanted.sort_by_key(|arrived| arrived.blob);
                prop_assert_eq!(found, wanted);
            }
        }
    }
}
