// Camera, light and surroundings for one body, and how a reader turns it. Throws where there is no WebGL. Used by `model.ts`.

import {
  AxesHelper,
  Box3,
  type BufferGeometry,
  DirectionalLight,
  HemisphereLight,
  Line,
  LineSegments,
  Material,
  Mesh,
  MeshStandardMaterial,
  type Object3D,
  PerspectiveCamera,
  Points,
  Scene,
  Spherical,
  Texture,
  Vector3,
  WebGLRenderer,
} from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";

export interface Measures {
  /** Along x, y and z, as the file has them. */
  readonly size: readonly [number, number, number];
  readonly triangles: number;
  readonly lines: number;
  readonly points: number;
}

/** The browser gives no drawing in three dimensions. */
export class NoWebgl extends Error {
  override name = "NoWebgl";
}

function rendererOf(canvas: HTMLCanvasElement): WebGLRenderer {
  try {
    return new WebGLRenderer({ canvas, antialias: true, alpha: true });
  } catch (error) {
    throw new NoWebgl("There is no WebGL", { cause: error });
  }
}

/** A key turns by so much, and comes nearer by that. */
const TURN = Math.PI / 24;
const NEARER = 1.15;

export class Stage {
  readonly measured: Measures;
  private readonly renderer: WebGLRenderer;
  private readonly scene = new Scene();
  private readonly camera = new PerspectiveCamera(40, 1, 0.01, 100);
  private readonly controls: OrbitControls;
  private readonly axes = new AxesHelper(0.8);
  private readonly seen = new ResizeObserver(() => this.fit());
  private waiting = 0;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly body: Object3D,
    isPainted: boolean,
  ) {
    this.measured = Stage.measure(body);
    this.renderer = rendererOf(canvas);
    this.place();
    const light = new DirectionalLight(0xffffff, 2.2);
    light.position.set(0.4, 0.7, 1);
    // The light goes with the eye, so that no side is ever dark.
    this.camera.add(light);
    this.scene.add(this.camera, new HemisphereLight(0xffffff, 0x8d8a85, 1.6));
    if (isPainted) this.dull();
    this.axes.visible = false;
    this.scene.add(this.axes);
    this.controls = new OrbitControls(this.camera, canvas);
    this.controls.minDistance = 0.2;
    this.controls.maxDistance = 20;
    this.controls.addEventListener("change", () => this.drawSoon());
  }

  static measure(body: Object3D): Measures {
    body.updateMatrixWorld(true);
    const size = new Box3().setFromObject(body).getSize(new Vector3());
    if (!(size.length() > 0 && Number.isFinite(size.length()))) throw new Error("There is nothing in it that has an extent");
    let [triangles, lines, points] = [0, 0, 0];
    body.traverse((part) => {
      if (!(part instanceof Mesh || part instanceof Line || part instanceof Points)) return;
      const count = ((part.geometry as BufferGeometry).index ?? (part.geometry as BufferGeometry).attributes["position"])?.count ?? 0;
      if (part instanceof Mesh) triangles += count / 3;
      else if (part instanceof Points) points += count;
      else lines += part instanceof LineSegments ? count / 2 : Math.max(0, count - 1);
    });
    // What stands up has been turned for it.
    const isTurned = body.children[0]?.rotation.x === -Math.PI / 2;
    return { size: isTurned ? [size.x, size.z, size.y] : [size.x, size.y, size.z], triangles: Math.floor(triangles), lines: Math.floor(lines), points };
  }

  /** Makes the body one unit large, around the middle: files count in millimetres, metres or anything. */
  private place(): void {
    const box = new Box3().setFromObject(this.body);
    const size = box.getSize(new Vector3()).length();
    const middle = box.getCenter(new Vector3());
    this.body.scale.multiplyScalar(1 / size);
    this.body.position.sub(middle.multiplyScalar(1 / size));
    this.scene.add(this.body);
  }

  /** Metal shows what is around it, and here is nothing; a room to mirror takes seconds to make without a graphics card. */
  private dull(): void {
    this.body.traverse((part) => {
      if (!(part instanceof Mesh)) return;
      for (const material of [part.material].flat()) if (material instanceof MeshStandardMaterial) material.metalness = Math.min(material.metalness, 0.35);
    });
  }

  start(): void {
    this.canvas.addEventListener("keydown", this.key);
    this.seen.observe(this.canvas);
    this.fit();
    this.reset();
  }

  stop(): void {
    this.seen.disconnect();
    cancelAnimationFrame(this.waiting);
    this.controls.dispose();
    this.scene.traverse((part) => {
      if (!(part instanceof Mesh || part instanceof Line || part instanceof Points)) return;
      (part.geometry as BufferGeometry).dispose();
      for (const material of [part.material].flat()) free(material as Material);
    });
    this.renderer.dispose();
    this.renderer.forceContextLoss();
  }

  reset(): void {
    this.camera.position.set(0.75, 0.55, 1.25);
    this.controls.target.set(0, 0, 0);
    this.controls.update();
    this.drawSoon();
  }

  showWires(isOn: boolean): void {
    this.body.traverse((part) => {
      if (part instanceof Mesh) for (const material of [part.material].flat()) Object.assign(material, { wireframe: isOn });
    });
    this.drawSoon();
  }

  showAxes(isOn: boolean): void {
    this.axes.visible = isOn;
    this.drawSoon();
  }

  private fit(): void {
    const { clientWidth, clientHeight } = this.canvas;
    if (clientWidth === 0 || clientHeight === 0) return;
    this.renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
    this.renderer.setSize(clientWidth, clientHeight, false);
    this.camera.aspect = clientWidth / clientHeight;
    this.camera.updateProjectionMatrix();
    this.drawSoon();
  }

  private drawSoon(): void {
    cancelAnimationFrame(this.waiting);
    this.waiting = requestAnimationFrame(() => {
      this.renderer.render(this.scene, this.camera);
      this.canvas.dataset["drawn"] = String(Number(this.canvas.dataset["drawn"] ?? 0) + 1);
    });
  }

  private key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const away = new Spherical().setFromVector3(this.camera.position.clone().sub(this.controls.target));
    switch (event.key) {
      case "ArrowLeft": away.theta -= TURN; break;
      case "ArrowRight": away.theta += TURN; break;
      case "ArrowUp": away.phi -= TURN; break;
      case "ArrowDown": away.phi += TURN; break;
      case "+": case "=": away.radius /= NEARER; break;
      case "-": away.radius *= NEARER; break;
      case "0": case "Home": this.reset(); event.preventDefault(); return;
      default: return;
    }
    event.preventDefault();
    away.makeSafe();
    this.camera.position.setFromSpherical(away).add(this.controls.target);
    this.controls.update();
    this.drawSoon();
  };
}

/** Gives back what a material holds on the graphics card. */
function free(material: Material): void {
  for (const value of Object.values(material)) if (value instanceof Texture) value.dispose();
  material.dispose();
}
