// `npm run bench -- NAME [OPTIONS]`: runs one comparison with peers. Each prints a table and writes it to docs/bench/.

import { CONTROL_PARTS, control } from "./control.mjs";
import { gateway } from "./gateway.mjs";
import { ROWS, publish } from "./publish.mjs";
import { VIEWER_ROWS, viewer } from "./viewer.mjs";

const usage = `usage: npm run bench -- gateway [--quick] [--no-build]
       npm run bench -- publish [--quick] [--no-build] [--rows a,b,…] [--rounds N]
       npm run bench -- control [--quick] [--no-build] [--parts a,b,…]
       npm run bench -- viewer [--quick] [--no-build] [--rows a,b,…] [--rounds N]

  gateway   requests per second and CPU time per request, beside a bare JavaScript Worker and one with hono and jose
  publish   seconds, bytes sent and peak memory, beside rclone, s5cmd and restic against the same S3 server
            --rows a,b   these rows of the comparison only; writes no file
            --rounds N   so many timed rounds instead of three
  viewer    time to first content and to complete, bytes, long tasks and memory, beside nbconvert, marked, pdf.js and serve
            --rows a,b   these of ${VIEWER_ROWS.join(", ")} only; writes no file
            --rounds N   so many rounds instead of three
  control   calls, an empty publish, live events and search over 100,000 shares, beside the smallest Workers that do the like
            --parts a,b  these of ${CONTROL_PARTS.join(", ")} only; writes no file

            --quick      one short round, to try it; writes no file
            --no-build   take what is built as it is
`;

const [name, ...options] = process.argv.slice(2);
const quick = options.includes("--quick");
const build = !options.includes("--no-build");

/** What an option such as `--rows` names of a list, all without it; undefined where one is unknown. */
function namedIn(words, option, all) {
  const at = words.indexOf(option);
  if (at < 0) return all;
  const [, list = ""] = words.splice(at, 2);
  const names = list.split(",");
  return names.every((name) => all.includes(name)) ? names : undefined;
}

/** The number that `--rounds` names, undefined without it, NaN where it is none. */
function roundsIn(words) {
  const at = words.indexOf("--rounds");
  if (at < 0) return undefined;
  const [, count = ""] = words.splice(at, 2);
  return /^[1-9]$/.test(count) ? Number(count) : NaN;
}

const rounds = ["publish", "viewer"].includes(name) ? roundsIn(options) : undefined;
const all = name === "viewer" ? VIEWER_ROWS : ROWS;
const rows = ["publish", "viewer"].includes(name) ? namedIn(options, "--rows", all) : all;
const parts = name === "control" ? namedIn(options, "--parts", CONTROL_PARTS) : CONTROL_PARTS;
const known = rows && parts && !Number.isNaN(rounds) && options.every((option) => ["--quick", "--no-build"].includes(option));

if (known && name === "gateway") {
  await gateway({ quick, build });
  process.exit(0);
}
if (known && name === "publish") {
  await publish({ quick, build, rows, rounds });
  process.exit(0);
}
if (known && name === "control") {
  await control({ quick, build, parts });
  process.exit(0);
}
if (known && name === "viewer") {
  await viewer({ quick, build, rows, rounds });
  process.exit(0);
}
process.stderr.write(usage);
process.exit(2);
