//! Test plugins for the feature `kube`. Each writes its results to annotations of the item.

mod asks;
mod chooses;
mod configured;
mod selects;
mod snapshots;

plugwright::main!();
