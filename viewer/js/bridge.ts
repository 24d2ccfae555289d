// The only door between the wasm and the JavaScript renderers. Each renderer is its own chunk, fetched when a file
// first needs it.

/** What a renderer leaves behind, so that the page can take it down. */
export interface Mounted {
  destroy(): void;
  /** Resolves when what a reader sees first is there, if it was not there with the answer; rejects when it will not be. */
  drawn?: Promise<void>;
  /** Points at lines of a text; 0 and 0 at none. */
  showLines?(first: number, last: number): void;
}

/** A renderer draws into an element that is its own until `destroy`. */
export type Renderer<Input> = (host: HTMLElement, input: Input, signal: AbortSignal) => Promise<Mounted> | Mounted;

const renderers: Record<string, () => Promise<Renderer<never>>> = {
  markdown: async () => (await import("./markdown")).markdown,
  notebook: async () => (await import("./notebook")).notebook,
  table: async () => (await import("./table")).table,
  code: async () => (await import("./code")).code,
  pdf: async () => (await import("./pdf")).pdf,
};

/** Called by the wasm: draws `input` into `host`. Rejects when the chunk or the renderer fails. */
async function mount(name: string, host: HTMLElement, input: unknown, signal: AbortSignal): Promise<Mounted> {
  const load = renderers[name];
  if (!load) throw new Error(`There is no renderer called ${name}`);
  const renderer = (await load()) as Renderer<unknown>;
  if (signal.aborted) return { destroy() {} };
  return await renderer(host, input, signal);
}

export const bridge = { mount };
