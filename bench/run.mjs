// `npm run bench -- NAME [OPTIONS]`: runs one comparison with peers. Each prints a table and writes it to docs/bench/.

import { gateway } from "./gateway.mjs";

const usage = `usage: npm run bench -- gateway [--quick] [--no-build]

  gateway   requests per second and CPU time per request, beside a bare JavaScript Worker and one with hono and jose
            --quick      one short round, to try it; writes no file
            --no-build   take what is built as it is
`;

const [name, ...options] = process.argv.slice(2);
const known = options.every((option) => ["--quick", "--no-build"].includes(option));

if (name === "gateway" && known) {
  await gateway({ quick: options.includes("--quick"), build: !options.includes("--no-build") });
  process.exit(0);
}
process.stderr.write(usage);
process.exit(2);
