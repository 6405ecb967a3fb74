const docs = document.getElementById("docs");

SwaggerUIBundle({
  domNode: docs,
  url: docs.dataset.document,
  deepLinking: true,
  displayRequestDuration: true,
  // Requests that it tries go out with the reader's own session, if there is one.
  withCredentials: false,
  validatorUrl: null,
});
