// `npm run bench -- NAME [OPTIONS]`: runs one comparison with peers. Each prints a table and writes it to docs/bench/.

import { gateway } from "./gateway.mjs";
import { ROWS, publish } from "./publish.mjs";

const usage = `usage: npm run bench -- gateway [--quick] [--no-build]
       npm run bench -- publish [--quick] [--no-build] [--rows a,b,…] [--rounds N]

  gateway   requests per second and CPU time per request, beside a bare JavaScript Worker and one with hono and jose
  publish   seconds, bytes sent and peak memory, beside rclone, s5cmd and restic against the same S3 server
            --rows a,b   these rows of the comparison only; writes no file
            --rounds N   so many timed rounds instead of three

            --quick      one short round, to try it; writes no file
            --no-build   take what is built as it is
`;

const [name, ...options] = process.argv.slice(2);
const quick = options.includes("--quick");
const build = !options.includes("--no-build");

/** The rows that `--rows` names, all without it; undefined where one is unknown. */
function rowsIn(words) {
  const at = words.indexOf("--rows");
  if (at < 0) return ROWS;
  const [, list = ""] = words.splice(at, 2);
  const rows = list.split(",");
  return rows.every((row) => ROWS.includes(row)) ? rows : undefined;
}

/** The number that `--rounds` names, undefined without it, NaN where it is none. */
function roundsIn(words) {
  const at = words.indexOf("--rounds");
  if (at < 0) return undefined;
  const [, count = ""] = words.splice(at, 2);
  return /^[1-9]$/.test(count) ? Number(count) : NaN;
}

const rounds = name === "publish" ? roundsIn(options) : undefined;
const rows = name === "publish" ? rowsIn(options) : ROWS;
const known = rows && !Number.isNaN(rounds) && options.every((option) => ["--quick", "--no-build"].includes(option));

if (known && name === "gateway") {
  await gateway({ quick, build });
  process.exit(0);
}
if (known && name === "publish") {
  await publish({ quick, build, rows, rounds });
  process.exit(0);
}
process.stderr.write(usage);
process.exit(2);
