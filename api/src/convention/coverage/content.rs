//! Reading what an application holds (COV-01).

use insula_domain::{
    convention::coverage::{
        application::{
            ApplicationKind, Contact, Content, Hba1c, Information, InformedPerson, Introducer, MAX_ADDRESS,
            MAX_HOUSE_NUMBER, MAX_NAME, MAX_PHONE, MAX_PHYSICIANS, MAX_WORDS, Mandatary, MoveNotice, NoticeWay,
            OtherPhysician, PhysicianKind, PrescriberSignature, Programme,
        },
        target::{DiabetesType, Indication, SelfManagementGroup, TargetGroup},
    },
    refusal::Reason,
};

use crate::http::input::{Field, Reader};

/// No percentage is larger.
const PERCENT: i64 = 100;

/// Reads the content of an application, however incomplete.
pub fn content(reader: &mut Reader) -> Field<Content> {
    let application_date = reader.date("applicationDate");
    let mandatary = reader.part("mandatary", mandatary);
    let introduced_by = reader.one_of("introducedBy", Introducer::ALL, Introducer::name);
    let convention_number = reader.parsed("conventionNumber", Reason::NotAnIdentifier, |text| text.parse().ok());
    let contact = reader.part("contact", contact);
    let programme = reader.part("programme", programme);
    let indication = reader.part("indication", indication);
    let kind = reader.one_of("kind", ApplicationKind::ALL, ApplicationKind::name);
    let last_hba1c = reader.part("lastHba1c", hba1c);
    let prescriber = reader.part("prescriber", prescriber);
    let other_physicians = reader.objects("otherPhysicians", MAX_PHYSICIANS, physician).map(unless_empty);
    let information = reader.part("information", information);
    let starts_in_hospital = reader.boolean("startsInHospital");
    let without_examinations = reader.text("withoutExaminations", MAX_WORDS);
    let move_notice = reader.part("moveNotice", move_notice);
    reader.build(|done| Content {
        application_date: done.take(application_date),
        mandatary: done.take(mandatary),
        introduced_by: done.take(introduced_by),
        convention_number: done.take(convention_number),
        contact: done.take(contact),
        programme: done.take(programme),
        indication: done.take(indication),
        kind: done.take(kind),
        last_hba1c: done.take(last_hba1c),
        prescriber: done.take(prescriber),
        other_physicians: done.take(other_physicians),
        information: done.take(information),
        starts_in_hospital: done.take(starts_in_hospital),
        without_examinations: done.take(without_examinations),
        move_notice: done.take(move_notice),
    })
}

fn unless_empty<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}

fn mandatary(reader: &mut Reader) -> Field<Mandatary> {
    let name = reader.text("name", MAX_NAME);
    let relation = reader.text("relation", MAX_NAME);
    let street = reader.text("street", MAX_NAME);
    let house_number = reader.text("houseNumber", MAX_HOUSE_NUMBER);
    let commune = reader.text("commune", MAX_NAME);
    reader.build(|done| Mandatary {
        name: done.take(name),
        relation: done.take(relation),
        street: done.take(street),
        house_number: done.take(house_number),
        commune: done.take(commune),
    })
}

fn contact(reader: &mut Reader) -> Field<Contact> {
    let (name, phone) = (reader.text("name", MAX_NAME), reader.text("phone", MAX_PHONE));
    reader.build(|done| Contact { name: done.take(name), phone: done.take(phone) })
}

fn programme(reader: &mut Reader) -> Field<Programme> {
    let (from, to) = (reader.date("from"), reader.date("to"));
    reader.build(|done| Programme { from: done.take(from), to: done.take(to) })
}

fn indication(reader: &mut Reader) -> Field<Indication> {
    let target_group = reader.one_of("targetGroup", TargetGroup::ALL, TargetGroup::name);
    let diabetes_type = reader.one_of("diabetesType", DiabetesType::ALL, DiabetesType::name);
    let group = reader.one_of("selfManagementGroup", SelfManagementGroup::ALL, SelfManagementGroup::name);
    let hba1c_before_pump = reader.decimal("hba1cBeforePump", PERCENT);
    let severe_hypoglycaemia = reader.boolean("severeHypoglycaemia");
    let grave_complications = reader.boolean("graveComplications");
    let words = reader.text("words", MAX_WORDS);
    let childrens_last_day = reader.date("childrensLastDay");
    reader.build(|done| Indication {
        target_group: done.take(target_group),
        diabetes_type: done.take(diabetes_type),
        self_management_group: done.take(group),
        hba1c_before_pump: done.take(hba1c_before_pump),
        severe_hypoglycaemia: done.take(severe_hypoglycaemia),
        grave_complications: done.take(grave_complications),
        words: done.take(words),
        childrens_last_day: done.take(childrens_last_day),
    })
}

fn hba1c(reader: &mut Reader) -> Field<Hba1c> {
    let date = reader.date("date");
    let value = reader.decimal("value", PERCENT);
    let normal_from = reader.decimal("normalFrom", PERCENT);
    let normal_to = reader.decimal("normalTo", PERCENT);
    reader.build(|done| Hba1c {
        date: done.take(date),
        value: done.take(value),
        normal_from: done.take(normal_from),
        normal_to: done.take(normal_to),
    })
}

fn prescriber(reader: &mut Reader) -> Field<PrescriberSignature> {
    let nihdi_number = reader.parsed("nihdiNumber", Reason::CheckDigit, |text| text.parse().ok());
    let signed_on = reader.date("signedOn");
    reader.build(|done| PrescriberSignature { nihdi_number: done.take(nihdi_number), signed_on: done.take(signed_on) })
}

fn physician(reader: &mut Reader) -> Field<OtherPhysician> {
    let kind = reader.one_of("kind", PhysicianKind::ALL, PhysicianKind::name);
    let name = reader.text("name", MAX_NAME);
    let address = reader.text("address", MAX_ADDRESS);
    let phone = reader.text("phone", MAX_PHONE);
    reader.build(|done| OtherPhysician {
        kind: done.take(kind),
        name: done.take(name),
        address: done.take(address),
        phone: done.take(phone),
    })
}

fn information(reader: &mut Reader) -> Field<Information> {
    let day = reader.date("day");
    let persons: Vec<_> = InformedPerson::ALL.iter().map(|one| (one.name(), *one)).collect();
    let given_to = reader.any_of("givenTo", &persons).map(unless_empty);
    let own_effort = reader.boolean("ownEffort");
    let means_offered = reader.boolean("meansOffered");
    let end_rules_in_writing = reader.boolean("endRulesInWriting");
    let practitioner_and_pharmacist = reader.boolean("practitionerAndPharmacist");
    let cost_of_lateness = reader.boolean("costOfLateness");
    reader.build(|done| Information {
        day: done.take(day),
        given_to: done.take(given_to),
        own_effort: done.take(own_effort),
        means_offered: done.take(means_offered),
        end_rules_in_writing: done.take(end_rules_in_writing),
        practitioner_and_pharmacist: done.take(practitioner_and_pharmacist),
        cost_of_lateness: done.take(cost_of_lateness),
    })
}

fn move_notice(reader: &mut Reader) -> Field<MoveNotice> {
    let day = reader.date("day");
    let way = reader.one_of("way", NoticeWay::ALL, NoticeWay::name);
    reader.build(|done| MoveNotice { day: done.take(day), way: done.take(way) })
}
