//! Network policies over a large cluster: built once, then asked.

use std::fmt::Write as _;
use std::sync::Arc;

use sealegs::parse::{Limits, yaml};
use sealegs::sim::network::{End, Network, Protocol, Question};
use sealegs::sim::world::World;
use sealegs::text::Source;

use super::{repeat, row};

/// Goals of 10,000 pods and 1,000 policies: a question below 50 µs, all pairs of 1,000 pods below 2 s; building grows
/// with the pods.
pub fn measure() {
    let small = world(5_000, 1_000);
    let large = world(10_000, 1_000);
    let half = repeat(5, || drop(Network::new(&small)));
    let whole = repeat(5, || drop(Network::new(&large)));
    let ratio = whole.as_secs_f64() / half.as_secs_f64().max(1e-12);
    row(
        "network: build, 10,000 pods, 1,000 policies",
        whole,
        &format!("{ratio:.2} x 5,000 pods (linear is 2)"),
    );
    let network = Network::new(&large);
    let mut at = 0;
    let asked = repeat(201, || {
        at = (at + 7919) % 10_000;
        let question = Question {
            from: End::Pod(at),
            to: End::Pod(10_000 - 1 - at),
            port: 8080,
            protocol: Protocol::Tcp,
        };
        std::hint::black_box(network.ask(question));
    });
    row("network: one question with its reasons", asked, "goal 0.050 ms");
    let matrix = repeat(3, || {
        let mut open = 0;
        for from in 0..1_000 {
            for to in 0..1_000 {
                let question =
                    Question { from: End::Pod(from), to: End::Pod(to), port: 8080, protocol: Protocol::Tcp };
                open += usize::from(network.passes(question) == Some(true));
            }
        }
        std::hint::black_box(open);
    });
    row("network: all pairs of 1,000 pods", matrix, "goal 2,000 ms");
}

/// Pods in a hundred namespaces, ten applications in each; of every namespace ten policies.
fn world(pods: usize, policies: usize) -> World {
    let mut text = String::new();
    for i in 0..pods {
        let (space, app) = (i % 100, i / 100 % 10);
        let _ = write!(
            text,
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p{i}, namespace: n{space}, labels: {{app: a{app}, pod: p{i}}}}}\nspec: {{containers: [{{name: c, image: x}}]}}\nstatus: {{podIP: 10.{}.{}.{}}}\n",
            i >> 16,
            i >> 8 & 255,
            i & 255
        );
    }
    for i in 0..policies {
        let (space, app) = (i % 100, i / 100 % 10);
        let _ = write!(
            text,
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: q{i}, namespace: n{space}}}\nspec:\n  podSelector: {{matchLabels: {{app: a{app}}}}}\n  policyTypes: [Ingress, Egress]\n  ingress:\n  - from: [{{podSelector: {{matchLabels: {{app: a{}}}}}}}, {{namespaceSelector: {{}}, podSelector: {{matchLabels: {{app: a{app}}}}}}}]\n    ports: [{{port: 8080}}]\n  egress:\n  - to: [{{namespaceSelector: {{}}}}]\n",
            (app + 1) % 10
        );
    }
    let limits = Limits { file: 64 << 20, ..Limits::default() };
    let (tree, _) = yaml::parse(&Source::lone("cluster", text), limits);
    World::read(vec![Arc::new(tree)]).0
}
