// Ask the phone for one point at the tap of the button, and send it with the form.
const form = document.querySelector("[data-place]");

function say(text) {
  const said = form.querySelector("[data-said]");
  said.textContent = text;
  said.hidden = false;
}

form?.addEventListener("submit", (event) => {
  if (form.elements.latitude.value) return;
  event.preventDefault();
  if (!navigator.geolocation) { say(form.dataset.denied); return; }
  navigator.geolocation.getCurrentPosition(({ coords }) => {
    form.elements.latitude.value = coords.latitude.toFixed(6);
    form.elements.longitude.value = coords.longitude.toFixed(6);
    form.elements.accuracy.value = Math.round(coords.accuracy);
    form.submit();
  }, () => say(form.dataset.denied), { enableHighAccuracy: true, timeout: 15000, maximumAge: 0 });
});
