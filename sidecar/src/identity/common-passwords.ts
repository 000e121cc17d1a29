/** Which passwords are tried first everywhere? Passwords from public leak lists and obvious ones of this trade, lower-case. */

/** Short ones are here for what they become once punctuation around them is gone. */
export const commonPasswords: ReadonlySet<string> = new Set([
  ...words(`
    password passw0rd p4ssword 123456 12345678 123456789 1234567890 12345678910 123456789012 1234567890123
    0123456789ab 098765432109 987654321098 111111111111 000000000000 123123123123 121212121212 112233445566
    123321123321 147258369147 159753159753 789456123000 741852963000 666666666666 696969696969 102030405060 qwerty
    qwertyuiop qwertyuiop12 qwertyuiop123 qwerty123456 qwerty1234567 qwerty12345678 1q2w3e4r5t6y 1q2w3e4r5t6y7u
    1qaz2wsx3edc 1qaz2wsx3edc4rfv zaq12wsxcde3 zaq1zaq1zaq1 qazwsxedcrfv qazwsx123456 asdfghjkl123 asdfghjkl1234
    asdfasdfasdf zxcvbnm12345 zxcvbnm123456 qweasdzxc123 qwe123qwe123 qweqweqweqwe q1w2e3r4t5y6 a1b2c3d4e5f6
    abc123abc123 abcd1234abcd abcd12345678 abcdefg12345 abcdef123456 aaaaaa111111 asd123asd123 zxc123zxc123
    password1234 password12345 password123456 password1234567 password12345678 password2020 password2021
    password2022 password2023 password2024 password2025 password2026 password2027 passwordpassword mypassword123
    mypassword1234 newpassword1 newpassword123 newpassword12 password123! password1234! password!234 passwort1234
    passwort12345 passwort123456 motdepasse123 motdepasse12 contrasena123 contrasena1234 senha12345678 parola123456
    heslo1234567 wachtwoord123 wachtwoord12 losenord1234 salasana1234 passord12345 adgangskode1 changeme1234
    changeme12345 changeme123456 changemenow1 changemeplease changethis12 changethis123 changeit1234 changeit12345
    pleasechangeme pleasechange1 defaultpassword default12345 default123456 temporary123 temporary1234 temppassword
    temppassword1 temppass1234 letmein12345 letmein123456 letmeinnow12 letmeinplease welcome12345 welcome123456
    welcome2024! welcome2025! welcome2026! welcomehome1 welcomeback1 iloveyou1234 iloveyou12345 iloveyouforever
    iloveyousomuch iloveyoubaby1 trustno11234 opensesame12 opensesame123 openthedoor1 administrator administrator1
    administrator123 admin1234567 admin12345678 admin123456789 admin@123456 adminadmin12 adminadmin123
    adminadminadmin adminpassword adminpassword1 adminpass123 superadmin123 superadmin1234 superuser1234
    rootroot1234 rootpassword rootpassword1 toor12345678 sysadmin1234 systemadmin1 useruser1234 userpassword
    userpassword1 user12345678 guestguest12 guestpassword guest1234567 testtest1234 testpassword testpassword1
    test12345678 testing12345 demodemo1234 demopassword demo12345678 rootrootroot testtesttest useruseruser
    comfyuicomfyui comfyui12345 comfyui123456 comfyuiadmin comfyuiadmin1 comfyuiadmin123 comfyuipassword
    comfyuiuser12 comfyui-password comfyui-admin comfyui_admin comfy1234567 comfy12345678 comfyorg1234 comfypassword
    stablediffusion stablediffusion1 stablediffusion123 stable-diffusion stablediffusionxl automatic1111
    automatic11111 midjourney12 midjourney123 gatehouse123 gatehouse1234 gatehouse12345 gatehousegatehouse
    gatehouseadmin gatehouse-admin gatehousepassword huggingface1 huggingface123 runpod123456 checkpoint12
    diffusion123 diffusion1234 imagegenerator nvidia123456 cudacudacuda correcthorsebatterystaple
    correct-horse-battery-staple correcthorse correctbattery tobeornottobe thequickbrownfox thequickbrownfoxjumps
    maytheforcebewithyou maytheforce1 winteriscoming winteriscoming1 valarmorghulis onceuponatime happilyeverafter
    livelovelaugh livelaughlove hakunamatata hakunamatata1 supercalifragilistic abracadabra1 abracadabra12
    abracadabra123 heisenberg12 helloworld12 helloworld123 helloworld1234 hellohello12 hello1234567 hello12345678
    helloworldhelloworld ilovemyfamily ilovemymom12 ilovemywife1 ilovejesus12 jesuschrist1 jesusislord1 godisgood123
    godislove123 blessed12345 inshallah123 bismillah123 allahuakbar1 football1234 football12345 football123456
    baseball1234 baseball12345 basketball12 basketball123 basketball1 manchester12 manchester123 manchesterunited
    liverpool123 liverpool1234 liverpoolfc1 chelsea12345 chelseafc123 arsenal12345 arsenal123456 barcelona123
    barcelona1234 realmadrid12 realmadrid123 juventus1234 galatasaray1 fenerbahce12 besiktas1903 corinthians1
    flamengo1234 steelers1234 cowboys12345 yankees12345 lakers123456 warriors1234 superman1234 superman12345
    batman123456 batman1234567 spiderman123 spiderman1234 starwars1234 starwars12345 pokemon12345 pokemon123456
    pikachu12345 minecraft123 minecraft1234 minecraft12345 fortnite1234 fortnite12345 callofduty12 callofduty123
    counterstrike leagueoflegends worldofwarcraft warcraft1234 starcraft123 roblox123456 nintendo1234 playstation1
    playstation2 playstation3 playstation4 playstation5 xbox36012345 harrypotter1 harrypotter123 hogwarts1234
    lordoftherings gandalf12345 naruto123456 dragonball12 dragonballz1 dragon123456 dragon1234567 monkey123456
    monkey1234567 princess1234 princess12345 sunshine1234 sunshine12345 butterfly123 butterfly1234 chocolate123
    chocolate1234 strawberry12 strawberry123 cheesecake12 shadow123456 master123456 master1234567 michael12345
    michael123456 jennifer1234 jessica12345 jordan123456 jordan232323 ashley123456 daniel123456 charlie12345
    thomas123456 andrew123456 michelle1234 nicole123456 matthew12345 alexander123 alexander1234 christopher1
    elizabeth123 samantha1234 victoria1234 hunter123456 killer123456 freedom12345 whatever1234 internet1234
    computer1234 computer12345 samsung12345 samsung123456 android12345 iphone123456 google123456 google1234567
    facebook1234 facebook12345 linkedin1234 microsoft123 microsoft1234 windows12345 windows10123 linux1234567
    ubuntu123456 raspberry123 raspberrypi1 raspberrypi4 docker123456 kubernetes12 postgres1234 postgrespassword
    mysql1234567 mysqlpassword redis1234567 mongodb12345 oracle123456 jenkins12345 grafana12345 grafanaadmin
    elastic12345 secret123456 secret1234567 secretpassword supersecret1 supersecret12 supersecret123 topsecret123
    topsecret1234 verysecret12 secretsecret private12345 security1234 security12345 access123456 access1234567
    accessdenied login1234567 loginlogin12 enter1234567 master12345678 matrix123456 thematrix123 metallica123
    metallica1234 slipknot1234 nirvana12345 eminem123456 beatles12345 ferrari12345 mercedes1234 porsche91111
    mustang12345 corvette1234 harley123456 harleydavidson yamaha123456 kawasaki1234 summer202420 summer2024!!
    summer2025!! summer2026!! winter2024!! winter2025!! winter2026!! spring2024!! spring2025!! spring2026!!
    autumn2024!! autumn2025!! january12345 february1234 december1234 november1234 october12345 monday123456
    friday123456 sunday123456 newyork12345 newyorkcity1 losangeles12 california12 california123 sanfrancisco
    london123456 paris1234567 berlin123456 germany12345 america12345 unitedstates australia123 canada123456
    istanbul1234 istanbul3434 turkey123456 india1234567 pakistan1234 pakistan12345 philippines1 indonesia123
    indonesia1945 brasil123456 mexico123456 argentina123 colombia1234 nigeria12345 southafrica1 vietnam12345
    thailand1234 singapore123 hongkong1234 shanghai1234 beijing12345 tokyo1234567 woaini1314520 woaini520131
    woaini123456 5201314woaini 5201314520131 aini13145201 wang12345678 zhang1234567 abc123456789 a12345678910
    a123456789123 aa1234567890 qq1234567890 123456789abc 1234567890ab 123456789qwe 123qweasdzxc 123456qwerty
    1234567qwerty 12345qwert12 1234qwerasdf 1234qwer1234 qwer1234qwer qwer12345678 asdf1234asdf asdf12345678
    zxcv1234zxcv zxcvasdfqwer qwerasdfzxcv qwertyasdfgh qwertyqwerty qwerty654321 qwertyui1234 poiuytrewq12
    lkjhgfdsa123 mnbvcxz12345 0987654321qw 1029384756qp 1029384756ab 147852369000 159357456852 112358132134
    314159265358 3.14159265358 271828182845 pi3141592653 fuckyou12345 fuckyou123456 fuckoff12345 motherfucker
    motherfucker1 asshole12345 bullshit1234 idontknow123 idontcare123 iforgot12345 iforgotmypassword nopassword12
    nopassword123 thisismypassword thisisapassword thisispassword yourpassword mypasswordis notapassword
    notmypassword anotherpassword strongpassword strongpassword1 securepassword securepassword1 longpassword12
    averylongpassword verylongpassword twelvecharacters sixteencharacters goodpassword1 bestpassword1 easypassword1
    passphrase123 passphrase12 masterpassword masterpassword1 examplepassword example12345 examplepass12
    hunter2hunter2 p@ssw0rd1234 p@ssword1234 p@$$w0rd1234 pa55word1234 passw0rd1234 passw0rd12345 pa$$word1234
    pass12345678 pass123456789 passpasspass 1password123 lastpass1234 bitwarden123 keepass12345
  `),
  'contrase\u00f1a123',
  'correct horse battery staple',
  'the quick brown fox',
])

/** Words that stay obvious whatever digits and punctuation surround or join them; longest first. */
export const commonStems: readonly string[] = words(`
  stablediffusion administrator pleasechange huggingface changethis contrasena midjourney motdepasse passphrase
  qwertyuiop superadmin asdfghjkl automatic diffusion gatehouse superuser temporary abcdefgh changeit changeme
  comfyorg computer iloveyou internet password passwort sysadmin username comfyui default letmein testing welcome
  zxcvbnm abcdef access asdfgh azerty master please qwerty qwertz secret secure server stable tester zxcvbn admin
  comfy guest hello login super world abcd asdf demo pass root temp test user zxcv abc new now pwd the me my
`)

function words(text: string): string[] {
  return text.trim().split(/\s+/)
}
