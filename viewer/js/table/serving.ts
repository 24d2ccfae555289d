// Answers the page's questions about a table, in the worker. The newest arrangement wins; an older one that is still being
// worked out is dropped.

import { arrange, type Memory } from "./arrange";
import { type Answer, AS_IT_IS, type Arrangement, CELL_SHOWN, type Page, type Question, type Table } from "./rows";

/** A newer arrangement is wanted. */
class Superseded extends Error {}

const cut = (cell: string): string => (cell.length > CELL_SHOWN ? `${cell.slice(0, CELL_SHOWN)}…` : cell);

/** Lets messages that wait have their turn; a timer would wait four milliseconds. */
const breath = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => (port1.close(), resolve());
    port2.postMessage(0);
  });

export class Serving {
  private order: Uint32Array | undefined;
  private arrangement: Arrangement = AS_IT_IS;
  private newest = 0;
  private readonly memory: Memory = {};

  constructor(
    private readonly table: Table,
    private readonly say: (answer: Answer) => void,
  ) {}

  private get count(): number {
    return this.order?.length ?? this.table.shape().rows;
  }

  /** Tells the page what there is. */
  news(arrangedAnew = false): void {
    this.say({ shape: this.table.shape(), count: this.count, arrangedAnew });
  }

  /** All rows are there: those that came after the reader sorted or filtered take their places. */
  async completed(): Promise<void> {
    const isArranged = this.arrangement !== AS_IT_IS;
    if (isArranged) await this.arranged(this.arrangement);
    this.news(isArranged);
  }

  async answer(question: Question): Promise<void> {
    const { id } = question;
    try {
      if (question.do === "rows") this.say({ id, page: await this.page(question.from, question.to, question.whole) });
      else if (question.do === "place") this.say({ id, position: this.placeOf(question.row) });
      else if (question.do === "arrange") this.say({ id, superseded: !(await this.arranged(question.arrangement)), count: this.count });
    } catch (error) {
      this.say({ id, problem: error instanceof Error ? error.message : String(error) });
    }
  }

  private async page(from: number, to: number, whole: boolean): Promise<Page> {
    const indices: number[] = [];
    for (let position = from; position < Math.min(to, this.count); position += 1) indices.push(this.order?.[position] ?? position);
    const cells = await this.table.rows(indices);
    return { numbers: indices.map((index) => index + 1), cells: whole ? cells : cells.map((row) => row.map(cut)) };
  }

  private placeOf(row: number): number {
    if (!this.order) return row < this.count ? row : -1;
    return this.order.indexOf(row);
  }

  /** Whether the arrangement is in place, and not a newer one. */
  private async arranged(arrangement: Arrangement): Promise<boolean> {
    this.newest += 1;
    const turn = this.newest;
    this.arrangement = arrangement;
    const pause = async () => {
      await breath();
      if (this.newest !== turn) throw new Superseded();
    };
    try {
      this.order = await arrange(this.table, arrangement, pause, this.memory);
      return true;
    } catch (error) {
      if (error instanceof Superseded) return false;
      throw error;
    }
  }
}
