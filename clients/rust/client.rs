//! The client that progenitor makes of `/doc/openapi.progenitor.json`.

progenitor::generate_api!(spec = "openapi.progenitor.json", interface = Builder, tags = Merged);
