// Choosing an option without leaving the page: the link's own answer brings the new price and what is left.

const announce = document.createElement("p");
announce.className = "unseen";
announce.setAttribute("role", "status");
document.querySelector("main").append(announce);
let latest = 0;

document.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-choose] .pick");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const turn = ++latest;
  const [question, place] = position(link);
  const answer = await fetch(link.href).catch(() => null);
  if (turn !== latest) return; // another choice was quicker
  if (!answer?.ok) { location.href = link.href; return; }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-choose]");
  if (turn !== latest) return;
  if (!fresh) { location.href = link.href; return; }
  const old = document.querySelector("[data-choose]");
  const price = (block) => block.querySelector("[data-price]").textContent.trim();
  const changed = price(old) !== price(fresh);
  old.replaceWith(document.adoptNode(fresh));
  history.replaceState(null, "", link.href.split("#")[0]);
  fresh.querySelectorAll(".question")[question]?.querySelectorAll(".pick")[place]?.focus({ preventScroll: true });
  if (changed) fresh.querySelector("[data-price]").classList.add("flash");
  announce.textContent = `${price(fresh)}. ${fresh.querySelector("[data-left]")?.textContent.trim() ?? ""}`;
});

function position(link) {
  const own = link.closest(".question");
  return [[...document.querySelectorAll("[data-choose] .question")].indexOf(own), [...own.querySelectorAll(".pick")].indexOf(link)];
}
