//! Where nodes and lines of a graph stand in a drawing: in rows, each node below all that it comes after.
//!
//! ```text
//! edges ─► rows ─► long edges go through a point in each row ─► order within rows, with few crossings ─► places, with few bends
//! ```

/// Room between two rows, in pixels: for a label.
const BETWEEN_ROWS: f64 = 48.0;
/// Room between two nodes of a row, in pixels.
const BETWEEN_NODES: f64 = 28.0;
/// Room around all of it, in pixels.
const MARGIN: f64 = 12.0;
/// How often rows are put in order, and nodes moved: more changes little.
const ROUNDS: usize = 8;

/// A place in a drawing, in pixels from its upper left corner.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

/// Where everything stands.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    nodes: Vec<Node>,
    /// The nodes of each row, from left to right.
    rows: Vec<Vec<usize>>,
    /// The nodes that each edge goes through, its ends included.
    ways: Vec<Vec<usize>>,
}

/// A node, or a point of a long edge.
#[derive(Debug, Default)]
struct Node {
    size: Point,
    row: usize,
    middle: Point,
    /// Those in the rows above and below that a line goes to.
    above: Vec<usize>,
    below: Vec<usize>,
}

impl Layout {
    /// Places nodes of these sizes with edges between them, which never go around.
    pub(crate) fn of(sizes: impl IntoIterator<Item = Point>, edges: &[(usize, usize)]) -> Self {
        let nodes = sizes.into_iter().map(|size| Node { size, ..Node::default() }).collect();
        let mut layout = Self { nodes, ..Self::default() };
        layout.assign_rows(edges);
        layout.ways = edges.iter().map(|(from, to)| layout.way(*from, *to)).collect();
        let last = layout.nodes.iter().map(|node| node.row).max().unwrap_or_default();
        layout.rows = (0..=last).map(|row| layout.in_row(row)).collect();
        layout.sort_rows();
        layout.place();
        layout
    }

    /// The upper left corner and the size of a node.
    pub(crate) fn frame(&self, node: usize) -> (Point, Point) {
        let Some(Node { size, middle, .. }) = self.nodes.get(node) else { return Default::default() };
        (Point { x: middle.x - size.x / 2.0, y: middle.y - size.y / 2.0 }, *size)
    }

    /// The points that an edge goes through, from the lower side of a node to the upper side of another.
    pub(crate) fn line(&self, edge: usize) -> Vec<Point> {
        let nodes: Vec<&Node> =
            self.ways.get(edge).into_iter().flatten().filter_map(|node| self.nodes.get(*node)).collect();
        let last = nodes.len().saturating_sub(1);
        let point = |(index, node): (usize, &&Node)| {
            let Node { middle: Point { x, y }, size, .. } = node;
            match index {
                0 => Point { x: *x, y: y + size.y / 2.0 },
                index if index == last => Point { x: *x, y: y - size.y / 2.0 },
                _ => Point { x: *x, y: *y },
            }
        };
        nodes.iter().enumerate().map(point).collect()
    }

    /// How large all of it is.
    pub(crate) fn size(&self) -> Point {
        let right = self.nodes.iter().map(|node| node.middle.x + node.size.x / 2.0).fold(0.0, f64::max);
        let bottom = self.nodes.iter().map(|node| node.middle.y + node.size.y / 2.0).fold(0.0, f64::max);
        Point { x: right + MARGIN, y: bottom + MARGIN }
    }

    fn row(&self, node: usize) -> usize {
        self.nodes.get(node).map_or(0, |node| node.row)
    }

    fn x(&self, node: usize) -> f64 {
        self.nodes.get(node).map_or(0.0, |node| node.middle.x)
    }

    fn in_row(&self, row: usize) -> Vec<usize> {
        self.nodes.iter().enumerate().filter(|(_, node)| node.row == row).map(|(index, _)| index).collect()
    }

    /// As high as each can be; what nothing comes before stands right above what it comes before.
    fn assign_rows(&mut self, edges: &[(usize, usize)]) {
        // No way is longer than there are nodes.
        for _ in 0..self.nodes.len() {
            for (from, to) in edges {
                let below = self.row(*from) + 1;
                if let Some(node) = self.nodes.get_mut(*to).filter(|node| node.row < below) {
                    node.row = below;
                }
            }
        }
        for first in 0..self.nodes.len() {
            if edges.iter().any(|(_, to)| *to == first) {
                continue;
            }
            let next = edges.iter().filter(|(from, _)| *from == first).map(|(_, to)| self.row(*to)).min();
            if let (Some(node), Some(next)) = (self.nodes.get_mut(first), next) {
                node.row = next.saturating_sub(1);
            }
        }
    }

    /// What an edge goes through: a point in each row between its ends.
    fn way(&mut self, from: usize, to: usize) -> Vec<usize> {
        let mut way = vec![from];
        for row in self.row(from) + 1..self.row(to) {
            way.push(self.nodes.len());
            self.nodes.push(Node { row, ..Node::default() });
        }
        way.push(to);
        for (above, below) in way.iter().zip(way.iter().skip(1)) {
            if let Some(node) = self.nodes.get_mut(*above) {
                node.below.push(*below);
            }
            if let Some(node) = self.nodes.get_mut(*below) {
                node.above.push(*above);
            }
        }
        way
    }

    /// Moves each node to where those are that it has lines to, row by row, down and up again. `x` is the number in the row until nodes
    /// are placed.
    fn sort_rows(&mut self) {
        let mut rows = std::mem::take(&mut self.rows);
        rows.iter().for_each(|row| self.number(row));
        for round in 0..ROUNDS {
            let goes_down = round % 2 == 0;
            let order: Vec<&mut Vec<usize>> =
                if goes_down { rows.iter_mut().collect() } else { rows.iter_mut().rev().collect() };
            for row in order {
                let mut wanted: Vec<(f64, usize)> =
                    row.iter().map(|node| (self.wanted(*node, goes_down, !goes_down), *node)).collect();
                wanted.sort_by(|left, right| left.0.total_cmp(&right.0));
                *row = wanted.into_iter().map(|(_, node)| node).collect();
                self.number(row);
            }
        }
        self.rows = rows;
    }

    fn number(&mut self, row: &[usize]) {
        for (number, node) in row.iter().enumerate() {
            if let Some(node) = self.nodes.get_mut(*node) {
                node.middle.x = number as f64;
            }
        }
    }

    /// The middle of those that a node has lines to, or where it is.
    fn wanted(&self, node: usize, looks_up: bool, looks_down: bool) -> f64 {
        let Some(Node { above, below, middle, .. }) = self.nodes.get(node) else { return 0.0 };
        let above = above.iter().filter(|_| looks_up);
        let others: Vec<f64> = above.chain(below.iter().filter(|_| looks_down)).map(|other| self.x(*other)).collect();
        if others.is_empty() { middle.x } else { others.iter().sum::<f64>() / others.len() as f64 }
    }

    fn place(&mut self) {
        let rows = std::mem::take(&mut self.rows);
        let mut y = MARGIN;
        for row in &rows {
            let height =
                row.iter().filter_map(|node| self.nodes.get(*node)).map(|node| node.size.y).fold(0.0, f64::max);
            let places = self.apart(row, &vec![0.0; row.len()]);
            for (node, x) in row.iter().zip(places) {
                if let Some(node) = self.nodes.get_mut(*node) {
                    node.middle = Point { x, y: y + height / 2.0 };
                }
            }
            y += height + BETWEEN_ROWS;
        }
        for _ in 0..ROUNDS {
            for row in rows.iter().chain(rows.iter().rev()) {
                let wanted: Vec<f64> = row.iter().map(|node| self.wanted(*node, true, true)).collect();
                for (node, x) in row.iter().zip(self.apart(row, &wanted)) {
                    if let Some(node) = self.nodes.get_mut(*node) {
                        node.middle.x = x;
                    }
                }
            }
        }
        let left = self.nodes.iter().map(|node| node.middle.x - node.size.x / 2.0).fold(f64::INFINITY, f64::min);
        for node in &mut self.nodes {
            node.middle.x += MARGIN - left;
        }
        self.rows = rows;
    }

    /// Places for the nodes of a row near those that are wanted, in their order and with room between them: the middle between as far to the
    /// left and as far to the right as there is need.
    fn apart(&self, row: &[usize], wanted: &[f64]) -> Vec<f64> {
        let half = |node: &usize| self.nodes.get(*node).map_or(0.0, |node| node.size.x / 2.0);
        let (mut to_the_right, mut edge) = (Vec::new(), f64::NEG_INFINITY);
        for (node, wanted) in row.iter().zip(wanted) {
            let x = wanted.max(edge + half(node));
            edge = x + half(node) + BETWEEN_NODES;
            to_the_right.push(x);
        }
        let (mut to_the_left, mut edge) = (Vec::new(), f64::INFINITY);
        for (node, wanted) in row.iter().zip(wanted).rev() {
            let x = wanted.min(edge - half(node));
            edge = x - half(node) - BETWEEN_NODES;
            to_the_left.push(x);
        }
        to_the_right.iter().zip(to_the_left.iter().rev()).map(|(right, left)| (right + left) / 2.0).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nodes_stand_apart_and_lines_go_down(edges in prop::collection::btree_set((0..20_usize, 0..20_usize), 0..60)) {
            let edges: Vec<_> = edges.into_iter().filter(|(from, to)| from < to).collect();
            let sizes = (0..20).map(|node| Point { x: 20.0 + f64::from(node) * 5.0, y: 30.0 });
            let layout = Layout::of(sizes, &edges);
            let Point { x: width, y: height } = layout.size();
            for one in 0..20 {
                let (corner, size) = layout.frame(one);
                prop_assert!(corner.x >= 0.0 && corner.y >= 0.0 && corner.x + size.x < width && corner.y + size.y < height);
                for other in 0..one {
                    let (place, room) = layout.frame(other);
                    let overlap = corner.x < place.x + room.x
                        && place.x < corner.x + size.x
                        && corner.y < place.y + room.y
                        && place.y < corner.y + size.y;
                    prop_assert!(!overlap, "{one} and {other}");
                }
            }
            for index in 0..edges.len() {
                let line = layout.line(index);
                prop_assert!(line.len() >= 2 && line.windows(2).all(|pair| pair[0].y < pair[1].y));
            }
        }
    }
}
