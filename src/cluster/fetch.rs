//! What is to be read at an address outside the cluster's API: no credential of it goes there.

use std::fmt::Display;
use std::time::Duration;

use http::uri::PathAndQuery;
use http::{Request, Uri};
use kube::client::Body;
use kube::{Client, Config};

use super::read::beginning;
use crate::model::{Seen, Unread, Why};
use crate::reach::Answer;

const PATIENCE: Duration = Duration::from_secs(10);
/// So much of an answer is read.
const MOST: usize = 1024 * 1024;

pub(super) async fn fetch(address: &Uri) -> Seen<Answer> {
    let what = || format!("read {address}");
    let failed = |error: &dyn Display| Unread::new(what(), Why::Unreachable(error.to_string()));
    let asking = async {
        let mut place = address.clone().into_parts();
        place.path_and_query = Some(PathAndQuery::from_static("/"));
        let place = Uri::from_parts(place).map_err(|it| failed(&it))?;
        let client = Client::try_from(Config::new(place)).map_err(|it| failed(&it))?;
        let path = address.path_and_query().map_or("/", |it| it.as_str());
        let request = Request::get(path).body(Body::empty()).map_err(|it| failed(&it))?;
        let response = client.send(request).await.map_err(|it| failed(&it))?;
        let code = response.status().as_u16();
        let bytes = beginning(response.into_body(), MOST).await;
        Ok(Answer { code, says: String::from_utf8_lossy(&bytes).trim().to_owned() })
    };
    tokio::time::timeout(PATIENCE, asking)
        .await
        .unwrap_or_else(|_| Err(Unread::new(what(), Why::Deadline)))
}
