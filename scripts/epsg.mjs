// Makes the index of coordinate systems small enough to be fetched by a map: of each that can be drawn its PROJ string and the
// part of the Earth that it is for. A plugin of esbuild, for the viewer and its unit tests.

import { readFileSync } from "node:fs";

/** Grids of differences are megabytes each; what stands for them is right to some metres (parameters of the EPSG registry). */
const INSTEAD_OF_GRIDS = {
  "BETA2007.gsb": "598.1,73.7,418.2,0.202,0.045,-2.455,6.7",
  "OSTN15_NTv2_OSGBtoETRS.gsb": "446.448,-125.157,542.06,0.15,0.247,0.842,-20.489",
  "nzgd2kgrid0005.gsb": "59.47,-5.04,187.44,0.47,-0.1,1.024,-4.5993",
  "CA7072_003.gsb": "-206,172,-6",
  "CA61_003.gsb": "-206,172,-6",
  "NTv2_0.gsb": "-10,158,187",
  "May76v20.gsb": "-10,158,187",
  "CQ77NA83.GSB": "-10,158,187",
};

const KINDS = ["CRS-PROJCRS", "CRS-GEOGCRS", "CRS-GEOG3DCRS", "CRS-COMPOUNDCRS"];

/** A PROJ string without what changes nothing on a flat map; nothing for what needs a grid that none stands for. */
function projOf(text) {
  const short = text.replace(/ \+(?:no_defs|type=crs|wktext|vunits=\S+|geoidgrids=\S+|geoid_crs=\S+)/g, "");
  const grid = / \+nadgrids=("[^"]*"|\S+)/.exec(short);
  if (!grid || grid[1] === "@null") return short;
  const instead = INSTEAD_OF_GRIDS[grid[1]];
  return instead === undefined ? undefined : short.replace(grid[0], ` +towgs84=${instead}`);
}

export const epsgIndex = {
  name: "epsg-index",
  setup(build) {
    build.onLoad({ filter: /epsg-index\/all\.json$/ }, (args) => {
      const index = {};
      for (const { code, kind, proj4, bbox } of Object.values(JSON.parse(readFileSync(args.path, "utf8")))) {
        const proj = KINDS.includes(kind) && proj4 && bbox?.length === 4 ? projOf(proj4) : undefined;
        if (proj !== undefined) index[code] = [proj, ...bbox];
      }
      return { contents: JSON.stringify(index), loader: "json" };
    });
  },
};
