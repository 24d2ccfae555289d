//! Outputs of hosted notebooks that bring scripts for their host alone: buttons that ask its kernel for a chart, a table that its page
//! makes interactive. Nobody answers them here, so the table is shown without them.

use super::tags::{elements, replaced};

/// What such scripts call.
const APIS: [&str; 12] = [
    "google.colab",
    "databricks",
    "dbutils.",
    "displayhtml(",
    "kaggle.",
    "deepnote.",
    "zeppelin",
    "ipython.notebook",
    "jupyter.notebook",
    "noteable.",
    "datalore",
    "sagemaker",
];

/// The table without what only its host can do; nothing when it is no such output.
pub(super) fn table(html: &str) -> Option<String> {
    let scripts = elements(html, "script");
    let calls_host = |script: &str| {
        let lower = script.to_ascii_lowercase();
        APIS.iter().any(|api| lower.contains(api)) && !lower.contains(" src=")
    };
    let has_table = !elements(html, "table").is_empty();
    if scripts.is_empty() || !has_table || !scripts.iter().all(|script| calls_host(&html[script.clone()])) {
        return None;
    }
    let nothing = |_: &str| String::new();
    // A style sheet that is for the table stays; the others dress the buttons.
    let kept = |style: &str| {
        if style.contains(".dataframe") || style.contains("table") { style.to_owned() } else { String::new() }
    };
    let still = replaced(html, &scripts, nothing);
    let still = replaced(&still, &elements(&still, "button"), nothing);
    Some(replaced(&still, &elements(&still, "style"), kept))
}

#[cfg(test)]
mod tests {
    use super::super::plain_html::is_plain;
    use super::*;

    #[test]
    fn the_table_stays_and_what_is_for_its_host_goes() {
        let colab = r#"<div id="df-1" class="colab-df-container"><div><style scoped>.dataframe td{}</style>
            <table border="1" class="dataframe"><tr><td>7</td></tr></table></div>
            <div class="colab-df-buttons"><button class="colab-df-convert" onclick="convertToInteractive('df-1')"><svg></svg></button>
            <style>.colab-df-convert{color:red}</style>
            <script>const b = document.querySelector('#df-1 button'); b.style.display = google.colab.kernel.accessAllowed ? 'block' : 'none';</script></div></div>"#;
        let shown = table(colab).expect("a table of a host");
        assert!(is_plain(&shown), "{shown}");
        assert!(
            shown.contains("<td>7</td>") && !shown.contains("<button") && !shown.contains("colab-df-convert")
        );
        for other in [
            "<table></table>",
            "<table></table><script>draw()</script>",
            "<table></table><script src='https://cdn.plot.ly/a.js'>google.colab</script>",
            "<div></div><script>google.colab.output.setIframeHeight()</script>",
            "<table></table><script>google.colab</script><script>Plotly.newPlot()</script>",
        ] {
            assert_eq!(table(other), None, "{other}");
        }
    }
}
