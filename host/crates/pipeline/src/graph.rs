//! A pipeline as a picture: inputs, steps and outputs, with what goes from one to the other.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use crate::{
    drawing::Drawing,
    expression::{Expression, Source},
    layout::Layout,
    name::Name,
    plan::Plan,
    report::{Report, StepState},
};

/// What the ids of inputs begin with.
const INPUTS: &str = "inputs.";

/// A node: its label, and the colour that it is filled with.
struct Node {
    label: String,
    colour: &'static str,
    is_step: bool,
}

struct Graph {
    name: String,
    nodes: BTreeMap<String, Node>,
    /// What goes from one node to the other, by their ids; nothing where one only waits for the other. There is one line between two nodes.
    edges: BTreeMap<(String, String), BTreeSet<&'static str>>,
}

impl Plan {
    /// The pipeline in the language of Graphviz; after a run each step in the colour of what has become of it.
    #[must_use]
    pub fn dot(&self, report: Option<&Report>) -> String {
        Graph::of(self, report).dot()
    }

    /// The pipeline as a drawing in SVG; after a run each step in the colour of what has become of it.
    #[must_use]
    pub fn svg(&self, report: Option<&Report>) -> String {
        Graph::of(self, report).svg()
    }
}

/// The colour of a step, as a web colour.
fn colour(state: Option<&StepState>) -> &'static str {
    match state.map(StepState::word) {
        None => "#ffffff",
        Some("done") => "#b7e1b0",
        Some("kept") => "#b9d7f2",
        Some("failed") => "#f4b6b0",
        Some(_) => "#e4e4e4",
    }
}

impl Graph {
    fn of(plan: &Plan, report: Option<&Report>) -> Self {
        let mut graph = Self { name: plan.definition.name.to_string(), nodes: BTreeMap::new(), edges: BTreeMap::new() };
        for (name, input) in &plan.definition.inputs {
            let label = format!("{name}\n{}", input.kind);
            graph.nodes.insert(format!("{INPUTS}{name}"), Node { label, colour: "#fdf3d0", is_step: false });
        }
        let reports = report.map(|report| &report.steps).into_iter().flatten();
        let states: BTreeMap<&Name, &StepState> = reports.map(|step| (&step.step, &step.state)).collect();
        for (name, step) in &plan.steps {
            let state = states.get(name).copied();
            let mut label = format!("{name}\n{}", step.capability());
            match state {
                Some(StepState::Done(done)) => label += &format!("\n{}/{}", done.provider, done.model),
                Some(StepState::Failed { code, .. }) => label += &format!("\n{}", code.code()),
                Some(StepState::Waiting) | None => {}
            }
            let id = format!("steps.{name}");
            for (_, expression) in &step.fields {
                graph.connect(expression, &id);
            }
            for other in &step.settings.after {
                graph.edge(format!("steps.{other}"), &id, None);
            }
            graph.nodes.insert(id, Node { label, colour: colour(state), is_step: true });
        }
        // Where nothing is said of what comes out, it is all that is made.
        for name in plan.definition.outputs.keys() {
            let Some(output) = plan.outputs.get(name) else { continue };
            let (id, label) = (format!("outputs.{name}"), format!("{name}\n{}", output.kind));
            graph.connect(&output.value, &id);
            graph.nodes.insert(id, Node { label, colour: "#fdf3d0", is_step: false });
        }
        graph
    }

    fn connect(&mut self, expression: &Expression, to: &str) {
        for source in expression.sources() {
            match source {
                Source::Input(name) => self.edge(format!("{INPUTS}{name}"), to, None),
                Source::Step { step, output } => self.edge(format!("steps.{step}"), to, Some(output.name)),
            }
        }
    }

    fn edge(&mut self, from: String, to: &str, label: Option<&'static str>) {
        self.edges.entry((from, to.to_owned())).or_default().extend(label);
    }

    /// The edges with their labels.
    fn edges(&self) -> impl Iterator<Item = (&str, &str, String)> {
        let label = |labels: &BTreeSet<&str>| labels.iter().copied().collect::<Vec<_>>().join(", ");
        self.edges.iter().map(move |((from, to), labels)| (from.as_str(), to.as_str(), label(labels)))
    }

    fn dot(&self) -> String {
        let mut dot = format!("digraph {} {{\n  node [fontname=\"sans-serif\" style=filled]\n", quoted(&self.name));
        for (id, Node { label, colour, is_step }) in &self.nodes {
            let shape = if *is_step { "box" } else { "ellipse" };
            let (id, label) = (quoted(id), quoted(label));
            // Writing to a text does not fail.
            let _written = writeln!(dot, "  {id} [label={label} shape={shape} fillcolor={}]", quoted(colour));
        }
        for (from, to, label) in self.edges() {
            let (from, to, label) = (quoted(from), quoted(to), quoted(&label));
            let _written = writeln!(dot, "  {from} -> {to} [label={label}]");
        }
        dot + "}\n"
    }

    fn svg(&self) -> String {
        let numbers: BTreeMap<&str, usize> =
            self.nodes.keys().enumerate().map(|(number, id)| (id.as_str(), number)).collect();
        let number = |id: &str| numbers.get(id).copied();
        let edges: Vec<_> = self.edges().filter_map(|(from, to, _)| Some((number(from)?, number(to)?))).collect();
        let layout = Layout::of(self.nodes.values().map(|node| Drawing::room(&node.label)), &edges);
        let mut drawing = Drawing::default();
        for (number, node) in self.nodes.values().enumerate() {
            drawing.boxed(layout.frame(number), &node.label, node.colour, if node.is_step { 0.0 } else { 12.0 });
        }
        for (number, (from, _, label)) in self.edges().enumerate() {
            // Of an input it is clear what goes.
            let only_waits = label.is_empty() && !from.starts_with(INPUTS);
            drawing.line(&layout.line(number), &label, only_waits);
        }
        drawing.finish(layout.size())
    }
}

/// A text of Graphviz.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use palisade::{Capability, ErrorKind};
    use proptest::prelude::*;

    use super::*;
    use crate::{
        Definition, Input, Step,
        report::{Done, StepReport},
    };

    fn plan() -> Plan {
        let name = |name: &str| name.parse::<Name>().unwrap();
        let draw = Step::new(Capability::TextToImage)
            .with("prompt", "${steps.idea.text}, ${inputs.style}")
            .with("n", "${steps.idea.json.n}");
        let definition = Definition::new(name("poster"))
            .input(name("style"), Input::new("text".parse().unwrap()))
            .step(name("idea"), Step::new(Capability::Chat).with("prompt", "a title"))
            .step(name("draw"), draw)
            .step(name("last"), Step::new(Capability::Chat).with("prompt", "more").after(name("draw")))
            .output(name("picture"), "${steps.draw.image}");
        Plan::new(definition).unwrap()
    }

    fn report() -> Report {
        let step = |name: &str, state| StepReport { step: name.parse().unwrap(), capability: Capability::Chat, state };
        let done = Done {
            provider: "p".parse().unwrap(),
            model: "m".parse().unwrap(),
            cost: None,
            is_kept: true,
            time: Duration::ZERO,
        };
        let failed = StepState::Failed { code: ErrorKind::Trap, message: String::new() };
        let steps = vec![step("idea", StepState::Done(done)), step("draw", failed), step("last", StepState::Waiting)];
        Report { run: String::new(), steps, outputs: BTreeMap::new(), failure: None }
    }

    #[test]
    fn a_graph_has_what_goes_from_one_to_the_other() {
        let expected = r##"digraph "poster" {
  node [fontname="sans-serif" style=filled]
  "inputs.style" [label="style\ntext" shape=ellipse fillcolor="#fdf3d0"]
  "outputs.picture" [label="picture\npicture" shape=ellipse fillcolor="#fdf3d0"]
  "steps.draw" [label="draw\ntext-to-image\ntrap" shape=box fillcolor="#f4b6b0"]
  "steps.idea" [label="idea\nchat\np/m" shape=box fillcolor="#b9d7f2"]
  "steps.last" [label="last\nchat" shape=box fillcolor="#e4e4e4"]
  "inputs.style" -> "steps.draw" [label=""]
  "steps.draw" -> "outputs.picture" [label="image"]
  "steps.draw" -> "steps.last" [label=""]
  "steps.idea" -> "steps.draw" [label="json, text"]
}
"##;
        assert_eq!(plan().dot(Some(&report())), expected);
    }

    #[test]
    fn a_drawing_is_the_same_each_time() {
        let drawn = plan().svg(Some(&report()));
        assert!(drawn.contains("<svg") && drawn.contains("#f4b6b0") && drawn.contains("text-to-image"), "{drawn}");
        for _ in 0..10 {
            assert_eq!(plan().svg(Some(&report())), drawn);
        }
    }

    proptest! {
        #[test]
        fn any_graph_can_be_drawn(edges in prop::collection::vec((0..25_usize, 0..25_usize, 0..3_usize), 0..80)) {
            let name = |index: usize| format!("s{index}").parse::<Name>().unwrap();
            let mut definition = Definition::new("any".parse().unwrap());
            for step in 0..25 {
                let (mut prompt, mut one) = (format!("{step}"), Step::new(Capability::Chat));
                for (_, other, how) in edges.iter().filter(|(from, to, _)| *from == step && to < from) {
                    match how {
                        0 => one = one.after(name(*other)),
                        1 => prompt += &format!("${{steps.{}.text}}", name(*other)),
                        _ => prompt += &format!("${{steps.{}.reasoning}}", name(*other)),
                    }
                }
                definition = definition.step(name(step), one.with("prompt", prompt));
            }
            let plan = Plan::new(definition).unwrap();
            prop_assert_eq!(plan.svg(None).matches(">chat</text>").count(), 25);
            prop_assert_eq!(plan.dot(None).matches("shape=box").count(), 25);
        }
    }
}
