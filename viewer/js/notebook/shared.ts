// What the parts of one notebook share.

import type { Mounted } from "../file";
import type { Surroundings } from "../markup";
import type { Colours } from "./colours";

/** What outputs need, of a notebook or of anything else that printed them. */
export interface Printing extends Surroundings {
  frameUrl: string;
  /** The state of a widget that was saved with the notebook, as JSON; known when the file is there. */
  widget(model: string): Promise<string | undefined>;
  /** What has to be taken down at the end. */
  readonly mounted: Mounted[];
}

export interface Notebook extends Printing {
  colours: Colours;
  /** Ids of headings that are taken: two cells may have the same heading. */
  headings: Map<string, number>;
}
