export const document = (results) => JSON.stringify(results, (k, v) => (k === "server" || k === "request" ? undefined : v), 1);
