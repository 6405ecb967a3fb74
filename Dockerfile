# One image for every part of Parley: serve, worker, migrate, simulator.

FROM node:20.20.2-bookworm-slim AS web
WORKDIR /src
COPY package.json package-lock.json .npmrc biome.json ./
COPY widget/package.json widget/
COPY widget/react/package.json widget/react/
COPY dashboard/package.json dashboard/
COPY e2e/package.json e2e/
RUN npm ci --no-progress
COPY widget widget
COPY dashboard dashboard
COPY api/openapi.yaml api/
RUN npm run build -w @parley/widget && npm run build -w @parley/dashboard

FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=web /src/widget/dist widget/dist
COPY --from=web /src/dashboard/dist dashboard/dist
RUN CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /out/parley ./cmd/parley

# Nothing but the program, which is linked statically, and the certificates that
# it trusts when it calls a model.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/parley /parley
USER 65532:65532
ENV PARLEY_LISTEN=0.0.0.0:8080
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=12 CMD ["/parley", "doctor", "ready"]
ENTRYPOINT ["/parley"]
CMD ["serve"]
