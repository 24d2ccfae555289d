// What the parts of one notebook share.

import type { Mounted } from "../file";
import type { Surroundings } from "../markup";
import type { Colours } from "./colours";

export interface Notebook extends Surroundings {
  frameUrl: string;
  /** The state of a widget that was saved with the notebook, as JSON; known when the file is there. */
  widget(model: string): Promise<string | undefined>;
  colours: Colours;
  /** Ids of headings that are taken: two cells may have the same heading. */
  headings: Map<string, number>;
  /** What has to be taken down at the end. */
  mounted: Mounted[];
}
