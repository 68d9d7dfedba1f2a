//! `listCoverageQuestions`, `createCoverageQuestion` and `answerCoverageQuestion`.

use actix_web::{HttpResponse, get, http::StatusCode, post, web};
use chrono::{DateTime, Utc};
use insula_domain::{
    convention::coverage::{
        application::MAX_WORDS,
        status::{ApplicationCommand, after},
    },
    refusal::Refusal,
};
use insula_persistence::{
    Stop,
    convention::coverage::{
        applications,
        questions::{self, Question},
    },
    trail::Action,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{
    caller::Caller,
    collection::List,
    input::{Body, Reader, path_number, path_uuid},
    parameters::{IdempotencyKey, IfMatch, OfCoverageApplication},
    problem::ApiError,
};

/// A question of the adviser, and its answer (COV-12).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CoverageQuestion {
    /// Its number about the application, from 1.
    #[schema(minimum = 1)]
    pub number: i32,
    /// What is asked.
    #[schema(max_length = 2000)]
    pub text: String,
    /// When it was asked.
    pub asked_at: DateTime<Utc>,
    /// What the establishment answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 2000)]
    pub answer: Option<String>,
    /// When it answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub answered_at: Option<DateTime<Utc>>,
}

impl From<Question> for CoverageQuestion {
    fn from(question: Question) -> CoverageQuestion {
        let (answer, answered_at) = question.answer.unzip();
        CoverageQuestion {
            number: question.number,
            text: question.text,
            asked_at: question.asked_at,
            answer,
            answered_at,
        }
    }
}

/// The questions about an application.
pub type CoverageQuestionCollection = List<CoverageQuestion>;

/// What is asked or answered.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase", example = json!({"text": "Which were the last two HbA1c values?"}))]
pub struct CoverageText {
    /// In words, without a national number.
    #[schema(max_length = 2000)]
    pub text: String,
}

fn text(body: &Body) -> Result<String, ApiError> {
    let mut reader = Reader::new(&body.members);
    let text = reader.required_text("text", MAX_WORDS);
    Ok(reader.finish()?.take(text))
}

/// List the questions about a coverage application.
///
/// What the adviser asked and the establishment answered, with the days of both (COV-12), in their order.
#[utoipa::path(
    tag = "Coverage",
    operation_id = "listCoverageQuestions",
    params(OfCoverageApplication),
    responses((status = 200, description = "The questions.", body = CoverageQuestionCollection))
)]
#[get("/coverageApplications/{coverageApplicationId}/questions")]
pub async fn list_coverage_questions(caller: Caller, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let id = path_uuid(&path)?;
    let found = caller
        .run(move |tx| {
            applications::read(tx, id, Action::List)?;
            questions::of_application(tx, id)
        })
        .await?;
    Ok(HttpResponse::Ok().json(List::of(found.into_iter().map(CoverageQuestion::from).collect())))
}

/// Ask about a coverage application.
///
/// By the adviser. The application waits for the answer; neither moves its date or its place in the adviser's list
/// (COV-12). It can be decided at any time.
#[utoipa::path(
    tag = "Coverage",
    operation_id = "createCoverageQuestion",
    params(OfCoverageApplication, IfMatch, IdempotencyKey),
    request_body = CoverageText,
    responses((status = 201, description = "The question.", body = CoverageQuestion))
)]
#[post("/coverageApplications/{coverageApplicationId}/questions")]
pub async fn create_coverage_question(
    caller: Caller,
    path: web::Path<String>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&body.bytes)?;
    let id = path_uuid(&path)?;
    let text = text(&body)?;
    let if_match = caller.if_match()?;
    caller
        .run_keyed(move |caller, tx| {
            let present = applications::find_to_decide(tx, id, if_match)?;
            let next = after(present.status, ApplicationCommand::Ask)?;
            let shown = CoverageQuestion::from(questions::ask(tx, &present, next, &text)?);
            let location = caller.href(&format!("{}/questions", super::dto::path(id)));
            let answer = caller.answer(StatusCode::CREATED, None, Some(location), &shown);
            Ok((applications::subject(id), answer))
        })
        .await
}

/// Answer a question about a coverage application.
///
/// By the establishment, once. When every question is answered, the application waits for the decision again (COV-12).
#[utoipa::path(
    tag = "Coverage",
    operation_id = "answerCoverageQuestion",
    params(
        OfCoverageApplication,
        ("questionNumber" = i32, Path, minimum = 1, maximum = 2147483647, description = "The number of the question."),
        IfMatch,
        IdempotencyKey
    ),
    request_body = CoverageText,
    responses((status = 200, description = "The question with its answer.", body = CoverageQuestion))
)]
#[post("/coverageApplications/{coverageApplicationId}/questions/{questionNumber}/answer")]
pub async fn answer_coverage_question(
    caller: Caller,
    path: web::Path<(String, String)>,
    body: Body,
) -> Result<HttpResponse, ApiError> {
    let caller = caller.keyed(&body.bytes)?;
    let (application, number) = path.into_inner();
    let id = path_uuid(&application)?;
    let number = path_number("questionNumber", &number, 1..=i32::MAX)?;
    let text = text(&body)?;
    let if_match = caller.if_match()?;
    caller
        .run_keyed(move |caller, tx| {
            let present = applications::find_for_update(tx, id, if_match)?;
            let asked = questions::of_application(tx, id)?.into_iter().find(|one| one.number == number);
            let asked = asked.ok_or(Stop::NotFound)?;
            let next = after(present.status, ApplicationCommand::Answer)?;
            if asked.answer.is_some() {
                let (from, attempted) = (present.status, ApplicationCommand::Answer);
                return Err(Refusal::ApplicationTransition { from, attempted }.into());
            }
            let shown = CoverageQuestion::from(questions::answer(tx, &present, next, &asked, &text)?);
            Ok((applications::subject(id), caller.answer(StatusCode::OK, None, None, &shown)))
        })
        .await
}
