use insula_api::command::problems;

/// SYS-04: the page of problems matches the program.
#[test]
fn the_page_of_problems_is_up_to_date() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/problems.md")).unwrap();
    let (_, generated) = page.split_once("<!-- From here on: the output of `insula problems`. -->\n\n").unwrap();
    assert_eq!(generated, problems::as_markdown());
}
