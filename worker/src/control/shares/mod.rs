//! Shares: [`row`] is what the lists hold of one and who may know of it; [`create`], [`change`], [`list`] and [`readers`] are the
//! calls; [`listing`] is what a share's keeper tells the lists.

mod change;
mod create;
mod list;
pub(crate) mod listing;
mod readers;
pub(crate) mod row;
pub(crate) mod sitemap;
