//! Which articles have these units in this order, side by side? For what a reader puts in quotes or excludes.

use crate::error::Result;
use crate::index::{View, Zone};
use std::collections::{HashMap, HashSet};

/// The ordinals of all articles in which `units` stand side by side, within one text of any zone.
pub(super) fn articles_with(view: &View, units: &[String]) -> Result<HashSet<u32>> {
    let mut out = HashSet::new();
    for zone in Zone::ALL {
        out.extend(starts_in(view, zone, units)?.into_keys());
    }
    Ok(out)
}

/// For each article with the run in `zone`, the places at which it begins.
fn starts_in(view: &View, zone: Zone, units: &[String]) -> Result<HashMap<u32, Vec<u32>>> {
    let mut starts: HashMap<u32, Vec<u32>> = HashMap::new();
    for (unit, distance) in units.iter().zip(0_u32..) {
        let mut next: HashMap<u32, Vec<u32>> = HashMap::new();
        view.for_each_place(zone, unit, |ordinal, places| {
            let begins = places
                .iter()
                .filter_map(|place| place.checked_sub(distance));
            let kept: Vec<u32> = match starts.get(&ordinal) {
                _ if distance == 0 => begins.collect(),
                Some(before) => begins
                    .filter(|start| before.binary_search(start).is_ok())
                    .collect(),
                None => return,
            };
            if !kept.is_empty() {
                next.insert(ordinal, kept);
            }
        })?;
        starts = next;
        if starts.is_empty() {
            break;
        }
    }
    Ok(starts)
}
