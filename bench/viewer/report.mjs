export const document = (x) => JSON.stringify(x) + "\n";
