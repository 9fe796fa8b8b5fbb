"use strict";
for (const tools of document.querySelectorAll(".tools")) {
  const items = Array.from(document.querySelectorAll(tools.dataset.items));
  const count = tools.querySelector(".count");
  const texts = items.map((item) => item.textContent.toLowerCase());
  const choose = () => {
    const words = tools.querySelector("input").value.toLowerCase().split(/\s+/).filter(Boolean);
    const selects = Array.from(tools.querySelectorAll("select")).filter((select) => select.value);
    let shown = 0;
    items.forEach((item, i) => {
      const fits = selects.every((select) => item.dataset[select.name] === select.value);
      item.hidden = !(fits && words.every((word) => texts[i].includes(word)));
      shown += item.hidden ? 0 : 1;
    });
    count.textContent = shown + " of " + items.length;
  };
  tools.addEventListener("input", choose);
  choose();
}
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
