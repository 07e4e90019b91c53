//! What an instance of a component is laid out from. The compiler writes a component out with everything that it
//! instantiates, each time again: seven levels that instantiate the next ten times are ten million components, in 600
//! bytes.

/// What one instance of a component costs.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cost {
    /// The core instances that it has.
    pub(super) core_instances: u64,
    /// The items that it is laid out from.
    pub(super) items: u64,
}

/// A component as far as it has been read.
///
/// A component can only instantiate what ended before, so that the cost of each is known when it is used, and nothing
/// has to be followed.
#[derive(Debug, Default)]
pub(super) struct Layout {
    cost: Cost,
    /// The components that it can instantiate, by their index in it.
    components: Vec<Cost>,
}

impl Layout {
    /// What an instance costs.
    pub(super) fn cost(&self) -> Cost {
        self.cost
    }

    /// Counts items of its own.
    pub(super) fn add_items(&mut self, count: u64) {
        self.cost.items = self.cost.items.saturating_add(count);
    }

    /// Counts an instance of a core module.
    pub(super) fn add_core_instance(&mut self) {
        self.cost.core_instances = self.cost.core_instances.saturating_add(1);
    }

    /// Counts an instance of a component.
    pub(super) fn add_instance(&mut self, instance: Cost) {
        self.cost.core_instances = self.cost.core_instances.saturating_add(instance.core_instances);
        self.cost.items = self.cost.items.saturating_add(instance.items);
    }

    /// Gives the next index to a component.
    pub(super) fn number(&mut self, component: Cost) {
        self.components.push(component);
    }

    /// The component of this index.
    pub(super) fn component(&self, index: u32) -> Option<Cost> {
        self.components.get(usize::try_from(index).ok()?).copied()
    }
}
