// A film whose address changes while it has not begun yet: it never loses its place. The player here does what HTML says of one
// (section 4.8.11), as far as it matters.

import assert from "node:assert/strict";
import { test } from "node:test";
import { changeOver } from "./renewed";

class Player {
  #src = "/~1/film";
  #time = 0;
  #beginAt = 0;
  #hasMetadata = true;
  paused = true;
  ended = false;
  playbackRate = 1;

  getAttribute(): string {
    return this.#src;
  }

  /** The media element load algorithm. */
  setAttribute(_: string, src: string): void {
    Object.assign(this, { paused: true, ended: false, playbackRate: 1 });
    this.#src = src;
    this.#time = 0;
    this.#hasMetadata = false;
  }

  get currentTime(): number {
    return this.#beginAt > 0 ? this.#beginAt : this.#time;
  }

  set currentTime(seconds: number) {
    if (this.#hasMetadata) this.#time = seconds;
    else this.#beginAt = seconds;
  }

  play(): Promise<void> {
    this.paused = false;
    return Promise.resolve();
  }

  loadedMetadata(): void {
    this.#hasMetadata = true;
    [this.#time, this.#beginAt] = [this.#beginAt, 0];
  }
}

let capability = 1;
const session = { fresh: () => `/~${(capability += 1)}/film` };
const change = (player: Player) => changeOver(player as unknown as HTMLMediaElement, session);

test("a film goes on where it was, as fast as it was", () => {
  const player = new Player();
  player.currentTime = 42;
  player.playbackRate = 1.5;
  void player.play();
  change(player);
  player.loadedMetadata();
  assert.deepEqual([player.currentTime, player.playbackRate, player.paused], [42, 1.5, false]);
});

test("changes before the metadata has come lose neither place nor speed, nor that it plays", () => {
  const player = new Player();
  player.currentTime = 42;
  player.playbackRate = 2;
  void player.play();
  for (let n = 0; n < 3; n += 1) change(player);
  player.loadedMetadata();
  assert.deepEqual([player.currentTime, player.playbackRate, player.paused], [42, 2, false]);
});

test("what the reader chose in between counts", () => {
  const player = new Player();
  player.currentTime = 42;
  change(player);
  player.currentTime = 7;
  void player.play();
  change(player);
  player.loadedMetadata();
  assert.deepEqual([player.currentTime, player.paused], [7, false]);
});

test("a film that is over does not begin again", () => {
  const player = new Player();
  Object.assign(player, { ended: true, paused: false, currentTime: 60 });
  change(player);
  assert.deepEqual([player.currentTime, player.paused], [60, true]);
});

test("an address that is still good is left alone", () => {
  const player = new Player();
  player.currentTime = 42;
  changeOver(player as unknown as HTMLMediaElement, { fresh: (url) => url });
  player.currentTime = 43;
  assert.equal(player.currentTime, 43);
});
