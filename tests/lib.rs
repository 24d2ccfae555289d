//! Nothing: the journeys are in `journeys/`, the browser's specs in `browser/`. `npm test` starts what they need.
