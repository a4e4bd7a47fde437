//! The server's own tables, for names at a cursor: what `kubectl get` prints, about a hundred bytes a row.

use ::http::Request;
use ::http::header::ACCEPT;
use serde::Deserialize;
use serde_json::Value;

use super::connect::Connection;
use super::read::{Asked, Resource};
use crate::model::Seen;

/// Nobody reads more names than these.
const MOST: u32 = 500;

#[derive(Deserialize)]
struct Table {
    rows: Option<Vec<Row>>,
}

#[derive(Deserialize)]
struct Row {
    cells: Vec<Value>,
}

impl Connection {
    /// The cells of each row, the name first. They come from the server's cache, and may be some seconds old.
    pub async fn table(&self, of: Resource<'_>, namespace: Option<&str>) -> Seen<Vec<Vec<String>>> {
        let asked =
            Asked { what: format!("list {}", of.plural), access: of.access("list", namespace) };
        let path = of.path(namespace);
        let request =
            Request::get(format!("{path}?limit={MOST}&resourceVersion=0&includeObject=None"))
                .header(ACCEPT, "application/json;as=Table;v=v1;g=meta.k8s.io")
                .body(Vec::new())
                .map_err(kube::core::request::Error::BuildRequest);
        let table: Table = self.read(request, &asked).await?;
        let cells = |row: Row| row.cells.iter().map(text).collect();
        Ok(table.rows.unwrap_or_default().into_iter().map(cells).collect())
    }
}

fn text(cell: &Value) -> String {
    cell.as_str().map_or_else(|| cell.to_string(), str::to_owned)
}
