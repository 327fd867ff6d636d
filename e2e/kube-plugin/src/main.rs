//! Plugins of the tests' own for the feature `kube`. Each writes what it has found out into annotations of the item.

mod asks;
mod configured;
mod selects;
mod snapshots;

plugwright::main!();
