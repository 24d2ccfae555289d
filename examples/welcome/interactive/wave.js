"use strict";

// u(x, t) = cos(kx - wt) + r cos(-kx - wt + phase), with the wall at x = 0 and the tank from x = -2 to 0.

const element = (id) => document.getElementById(id);
const canvas = element("tank");
const pen = canvas.getContext("2d");
const inputs = ["wavelength", "back", "end", "speed"].map(element);
const dark = matchMedia("(prefers-color-scheme: dark)");
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const LENGTH = 2;
const MARGIN = 60;
const WALL = 26;
const POINTS = 500;

const units = {
  wavelength: (value) => `${value.toFixed(2)} m`,
  back: (value) => `${Math.round(100 * value)} %`,
  end: (value) => (value === 180 ? "turns it over" : value === 0 ? "nothing" : `shifts by ${value}°`),
  speed: (value) => `${value.toFixed(2)} ×`,
};

const state = { clock: 0, last: null, running: !calm.matches };

function settings() {
  const [wavelength, back, end, speed] = inputs.map((input) => Number(input.value));
  return { k: (2 * Math.PI) / wavelength, back, phase: (end * Math.PI) / 180, speed, wavelength };
}

function column(index) {
  const share = index / POINTS;
  return [LENGTH * (share - 1), MARGIN + share * (canvas.width - 2 * MARGIN - WALL)];
}

function curve(height, colour, width) {
  const unit = canvas.height / 4.6;
  pen.beginPath();
  for (let index = 0; index <= POINTS; index++) {
    const [x, across] = column(index);
    pen.lineTo(across, canvas.height / 2 - unit * height(x));
  }
  pen.lineWidth = width;
  pen.strokeStyle = colour;
  pen.stroke();
}

function shade(height, colour) {
  const unit = canvas.height / 4.6;
  pen.beginPath();
  for (const side of [1, -1]) {
    for (let step = 0; step <= POINTS; step++) {
      const [x, across] = column(side > 0 ? step : POINTS - step);
      pen.lineTo(across, canvas.height / 2 - side * unit * height(x));
    }
  }
  pen.fillStyle = colour;
  pen.fill();
}

function draw() {
  const { k, back, phase } = settings();
  const turn = 2 * Math.PI * state.clock;
  const colours = dark.matches
    ? { sum: "#e8eef2", there: "#52b9c8", back: "#f2a541", reach: "#1c3a4d", wall: "#e0533d", rest: "#3a5066" }
    : { sum: "#12233a", there: "#1f8a9e", back: "#f2a541", reach: "#e2f1ef", wall: "#e0533d", rest: "#c9cfd2" };
  const there = (x) => Math.cos(k * x - turn);
  const answer = (x) => back * Math.cos(-k * x - turn + phase);
  const reach = (x) => Math.sqrt(1 + back * back + 2 * back * Math.cos(2 * k * x - phase));

  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.lineJoin = "round";
  shade(reach, colours.reach);
  curve(() => 0, colours.rest, 2);
  if (element("parts").checked) {
    curve(there, colours.there, 3);
    curve(answer, colours.back, 3);
  }
  curve((x) => there(x) + answer(x), colours.sum, 7);
  pen.fillStyle = colours.wall;
  pen.fillRect(canvas.width - MARGIN - WALL, 40, WALL, canvas.height - 80);
}

function describe() {
  const { back, wavelength } = settings();
  for (const input of inputs) {
    document.querySelector(`output[for=${input.id}]`).textContent = units[input.id](Number(input.value));
  }
  const ratio = back > 0.995 ? "endless" : ((1 + back) / (1 - back)).toFixed(1);
  const kind = back < 0.005 ? "It only travels." : back > 0.995 ? "It stands." : "It partly stands and partly travels.";
  element("says").textContent =
    `${kind} Crests are ${wavelength.toFixed(2)} m apart in each wave; the places where the sum swings least are ` +
    `${(wavelength / 2).toFixed(2)} m apart. Standing wave ratio: ${ratio}.`;
}

function frame(now) {
  if (state.last !== null && state.running) {
    state.clock += (0.45 * settings().speed * Math.min(now - state.last, 100)) / 1000;
  }
  state.last = now;
  draw();
  requestAnimationFrame(frame);
}

function label() {
  element("pause").textContent = state.running ? "Pause" : "Play";
}

element("controls").addEventListener("input", describe);
element("pause").addEventListener("click", () => {
  state.running = !state.running;
  label();
});

label();
describe();
requestAnimationFrame(frame);
