// Another picture, or the question in words, without losing what was typed.
const field = document.querySelector("[data-letters]");
const token = document.querySelector("input[name=csrfmiddlewaretoken]").value;

async function another(event) {
  event.preventDefault();
  const button = event.currentTarget;
  const answer = await fetch(button.dataset.lettersUrl, { method: "POST", headers: { "X-CSRFToken": token } });
  if (!answer.ok) return;
  const asked = await answer.json();
  const image = field.querySelector("img");
  const label = field.querySelector("label");
  field.querySelector("input[name=captcha_0]").value = asked.key;
  field.querySelector("input[name=captcha_kind]").value = asked.kind;
  image.hidden = Boolean(asked.words);
  if (asked.image) image.src = asked.image;
  label.textContent = asked.words || field.querySelector("[data-words]").dataset.words;
  const typed = field.querySelector("input[name=captcha_1]");
  typed.value = "";
  typed.focus();
}

for (const button of field.querySelectorAll("button[data-letters-url]")) button.addEventListener("click", another);
