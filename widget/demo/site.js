// Calls made before the chat has loaded wait in a queue; this is the whole of it.
window.Parley ||= (...call) => {
  window.Parley.q ||= [];
  window.Parley.q.push(call);
};

document.addEventListener("click", (event) => {
  const asker = event.target.closest("[data-ask]");
  if (!asker) return;
  const question = asker.dataset.ask;
  if (question) window.Parley("send", question);
  else window.Parley("open");
});
