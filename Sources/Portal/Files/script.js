"use strict";

// The page works without this script. It adds buttons that copy, and shows times in local time.

for (const element of navigator.clipboard ? document.querySelectorAll("[data-copy]") : []) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy plain";
  button.textContent = element.dataset.copy;
  const status = document.createElement("span");
  status.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    const items = [...element.querySelectorAll("li")];
    const text = (items.length ? items : [element]).map((item) => item.textContent.trim()).join("\n");
    status.textContent = "";
    try {
      await navigator.clipboard.writeText(text);
      status.textContent = element.dataset.copied;
    } catch {
      getSelection().selectAllChildren(element);
    }
  });
  element.after(button, status);
}

const local = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
for (const element of document.querySelectorAll("time[datetime]")) {
  const time = new Date(element.dateTime);
  if (isNaN(time)) continue;
  element.title = element.textContent;
  element.textContent = local.format(time);
}
