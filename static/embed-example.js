// The example of a page that embeds a share: what a reader types goes into <vitrine-share>, what it tells is written below it.

const form = document.querySelector("form");
const share = document.querySelector("vitrine-share");
const output = document.querySelector("output");
const told = {};

share.token = async () => form.elements.token.value.trim() || null;

for (const name of ["ready", "height", "title", "path"]) {
  share.addEventListener(`vitrine-${name}`, ({ detail }) => {
    told[name] = detail;
    output.textContent = Object.entries(told).map(([key, value]) => `${key}: ${JSON.stringify(value)}`).join("\n");
    if (name === "height") share.style.height = `${detail.height}px`;
  });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  share.setAttribute("src", form.elements.src.value);
});
