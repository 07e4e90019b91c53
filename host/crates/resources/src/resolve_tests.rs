//! That references always come to an end, and that what is wrong with them is found.

use std::collections::{BTreeMap, BTreeSet};

use palisade_core::ErrorKind;
use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Resources by number, each of which refers to others.
#[derive(Debug)]
struct Graph(BTreeMap<usize, Value>);

impl Known for Graph {
    fn source(&self, id: &ResourceId) -> Result<Source, Problem> {
        let number = id.name.as_str().strip_prefix('n').and_then(|number| number.parse::<usize>().ok());
        match number.and_then(|number| self.0.get(&number)) {
            Some(value) => Ok(Source::plain(&id.to_string(), Arc::new(value.clone()))),
            None => Err(Problem::new("", format!("there is no `{id}`")).kind(ErrorKind::UnknownResource)),
        }
    }
}

fn resolve(graph: &Graph, start: usize, bounds: Bounds) -> Result<Value, Vec<Problem>> {
    let id: ResourceId = format!("config:n{start}").parse().unwrap();
    let source = graph.source(&id).unwrap();
    Resolver::new(graph, bounds).resolve(&source, "start")
}

fn refer(number: usize) -> Value {
    json!({"$ref": format!("config:n{number}")})
}

/// Resources that refer to whole others, of which some are missing.
fn graphs() -> impl Strategy<Value = BTreeMap<usize, Vec<usize>>> {
    proptest::collection::btree_map(0usize..8, proptest::collection::vec(0usize..9, 0..4), 1..8)
}

/// The numbers that are reached.
fn reached(edges: &BTreeMap<usize, Vec<usize>>, start: usize) -> BTreeSet<usize> {
    let (mut found, mut waiting) = (BTreeSet::new(), vec![start]);
    while let Some(number) = waiting.pop() {
        if found.insert(number) {
            waiting.extend(edges.get(&number).into_iter().flatten());
        }
    }
    found
}

fn on_a_cycle(edges: &BTreeMap<usize, Vec<usize>>, number: usize) -> bool {
    edges.get(&number).into_iter().flatten().any(|next| reached(edges, *next).contains(&number))
}

/// The way that a message tells: `config:n1 → config:n2 → config:n1`.
fn way(message: &str) -> Option<Vec<usize>> {
    let way = message.strip_prefix("a way back to itself: ")?;
    way.split(" → ").map(|step| step.strip_prefix("config:n")?.parse().ok()).collect()
}

proptest! {
    /// A cycle is found exactly where there is one, with a way that there is; what is missing likewise.
    #[test]
    fn cycles_and_missing_names_are_found_where_they_are(edges in graphs(), list in any::<bool>()) {
        let start = *edges.keys().next().unwrap();
        let value = |targets: &Vec<usize>| {
            let targets = targets.iter().map(|target| refer(*target));
            if list { targets.collect() } else {
                targets.enumerate().map(|(index, target)| (format!("k{index}"), json!({"in": target}))).collect::<Map<_, _>>().into()
            }
        };
        let graph = Graph(edges.iter().map(|(number, targets)| (*number, value(targets))).collect());
        let bounds = Bounds { references: 1 << 20, nodes: 1 << 24, ..Bounds::default() };
        let result = resolve(&graph, start, bounds);
        let reached = reached(&edges, start);
        let has_cycle = reached.iter().any(|number| on_a_cycle(&edges, *number));
        let has_missing = reached.iter().any(|number| !edges.contains_key(number));
        prop_assert_eq!(result.is_ok(), !has_cycle && !has_missing);
        let problems = result.err().unwrap_or_default();
        let ways: Vec<_> = problems.iter().filter_map(|problem| way(&problem.message)).collect();
        if problems.len() < MAX_PROBLEMS {
            prop_assert_eq!(!ways.is_empty(), has_cycle);
            prop_assert_eq!(problems.iter().any(|problem| problem.code == ErrorKind::UnknownResource), has_missing);
        }
        for way in ways {
            prop_assert!(way.len() > 1 && way.first() == way.last());
            for step in way.windows(2) {
                prop_assert!(edges[&step[0]].contains(&step[1]), "{} does not refer to {}", step[0], step[1]);
            }
        }
    }

    /// Whatever refers to whatever, also to places in each other, it ends, and gives no more than is allowed.
    #[test]
    fn it_always_ends(
        places in proptest::collection::vec((0usize..5, "[ab]", 0usize..6, "(#(/[abc]){1,3})?"), 1..20),
        nodes in 10usize..2000,
    ) {
        let mut graph: BTreeMap<usize, Value> = (0..5).map(|number| (number, json!({}))).collect();
        for (number, key, target, pointer) in places {
            let target = if target == 5 { String::new() } else { format!("config:n{target}") };
            let text = format!("{target}{pointer}");
            graph.get_mut(&number).unwrap()[&key] = json!({"c": {"$ref": text}, "a": [{"$ref": text}, 1]});
        }
        let bounds = Bounds { nodes, references: 500, chain: 20, ..Bounds::default() };
        if let Ok(value) = resolve(&Graph(graph), 0, bounds) {
            prop_assert!(count(&value) <= nodes);
        }
    }
}

fn count(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(count).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(count).sum::<usize>(),
        _ => 1,
    }
}

#[test]
fn places_of_resources_may_refer_to_each_other_where_no_way_leads_back() {
    let graph = Graph(BTreeMap::from([
        (0, json!({"x": 1, "y": {"$ref": "config:n1#/z"}, "w": {"$ref": "#/x"}})),
        (1, json!({"z": {"deep": {"$ref": "config:n0#/x"}}, "v": {"$ref": "config:n0"}})),
    ]));
    let value = resolve(&graph, 0, Bounds::default()).unwrap();
    assert_eq!(value, json!({"x": 1, "y": {"deep": 1}, "w": 1}));
    let through = Graph(BTreeMap::from([(0, refer(1)), (1, json!({"a": refer(2)})), (2, json!([{"b": 5}]))]));
    assert_eq!(resolve(&through, 0, Bounds::default()).unwrap(), json!({"a": [{"b": 5}]}));
    let pointing = Graph(BTreeMap::from([
        (0, json!({"$ref": "config:n1#/a/0/b"})),
        (1, json!({"a": refer(2)})),
        (2, json!([{"b": 5}])),
    ]));
    assert_eq!(resolve(&pointing, 0, Bounds::default()).unwrap(), json!(5));
}

#[test]
fn bounds_hold() {
    let refused = |graph: &Graph, bounds: Bounds| resolve(graph, 0, bounds).unwrap_err().remove(0).to_string();
    let chain =
        Graph((0..50).map(|number| (number, if number == 49 { json!(1) } else { refer(number + 1) })).collect());
    assert!(refused(&chain, Bounds::default()).contains("more than 32 references lead to each other"));
    assert_eq!(resolve(&chain, 0, Bounds { chain: 60, ..Bounds::default() }).unwrap(), json!(1));
    let double = |number: usize| if number == 29 { json!(1) } else { json!([refer(number + 1), refer(number + 1)]) };
    let laughs = Graph((0..30).map(|number| (number, double(number))).collect());
    let many = Bounds { references: usize::MAX, depth: 100, ..Bounds::default() };
    assert!(refused(&laughs, many).contains("it comes to more than 200000 values"));
    assert!(refused(&laughs, Bounds { depth: 100, ..Bounds::default() }).contains("more than 4096 references"));
    assert!(refused(&laughs, Bounds { depth: 10, ..Bounds::default() }).contains("nested deeper than 10"));
    // A way that grows with every step is found by its length.
    let growing = Graph(BTreeMap::from([(0, json!({"x": {"$ref": "#/x/y"}}))]));
    assert!(refused(&growing, Bounds::default()).contains("lead to each other"));
}

#[test]
fn nothing_from_an_address_names_what_is_here() {
    let graph = Graph(BTreeMap::from([(1, json!(1))]));
    let root = Arc::new(json!([refer(1), {"$ref": "file:/etc/passwd"}]));
    let base = Base::Address("https://example.com/a.json".to_owned());
    let source = Source { base, ..Source::plain("a", root) };
    let problems = Resolver::new(&graph, Bounds::default()).resolve(&source, "a").unwrap_err();
    assert_eq!(problems.len(), 2);
    assert!(problems[0].message.contains("nothing from an address may name"), "{}", problems[0]);
}
