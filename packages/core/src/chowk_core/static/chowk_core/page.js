// What every page does with script: clocks tick, menus close, and a form is sent once.

let ahead = 0; // how far the server's clock is ahead of ours, in ms
export const serverNow = () => Date.now() + ahead;
export const setServerNow = (milliseconds) => { ahead = milliseconds - Date.now(); };

const two = (n) => String(n).padStart(2, "0");

/** The form of chowk_core's clock_text: 2d 04:10:09, 04:10:09 or 10:09. */
export function clockText(milliseconds) {
  let left = Math.max(0, Math.floor(milliseconds / 1000));
  const days = Math.floor(left / 86400);
  const hours = Math.floor((left %= 86400) / 3600);
  const minutes = Math.floor((left %= 3600) / 60);
  const tail = `${two(minutes)}:${two(left % 60)}`;
  if (days) return `${days}d ${two(hours)}:${tail}`;
  return hours ? `${two(hours)}:${tail}` : tail;
}

function tick() {
  const now = serverNow();
  for (const clock of document.querySelectorAll("[data-countdown]")) {
    const left = Date.parse(clock.dateTime) - now;
    const text = clockText(left);
    if (clock.textContent !== text) clock.textContent = text;
    clock.closest("[data-ending]")?.classList.toggle("soon", left > 0 && left < 120_000);
    if (left <= 0 && !clock.dataset.over) {
      clock.dataset.over = "1";
      clock.dispatchEvent(new CustomEvent("over", { bubbles: true }));
    } else if (left > 0) delete clock.dataset.over;
  }
}

setInterval(tick, 250);
tick();

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

const problems = document.querySelector(".notice.error[tabindex]");
if (problems) problems.focus();
for (const sheet of document.querySelectorAll("details.sheet")) {
  const wide = matchMedia("(min-width: 60.01rem)");
  const fit = () => { sheet.open = wide.matches || sheet.dataset.open === "1"; };
  wide.addEventListener("change", fit);
  fit();
}
